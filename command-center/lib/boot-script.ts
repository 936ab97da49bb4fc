/**
 * Runs in <head> before anything is painted or hydrated. Three things cannot wait: the theme (or the page would flash),
 * taking the token out of the address bar (or the router would write it back into history), and telling Zod not to
 * compile its schemas, because its attempt to (`new Function`) is refused by the page's policy and reported each time.
 * Kept as text because it must be inline; scripts/seal.ts allows exactly these bytes by their hash.
 */
export const THEME_KEY = "synapse.theme";

export const BOOT_SCRIPT = `(()=>{
globalThis.__zod_globalConfig={jitless:true};
const root=document.documentElement;
const chosen=localStorage.getItem("${THEME_KEY}");
const dark=chosen?chosen==="dark":matchMedia("(prefers-color-scheme: dark)").matches;
root.dataset.theme=dark?"dark":"light";
const fragment=new URLSearchParams(location.hash.slice(1));
const token=fragment.get("token");
if(token!==null){
if(token!=="")sessionStorage.setItem("synapse.token",token);
fragment.delete("token");
const rest=fragment.toString();
history.replaceState(history.state,"",location.pathname+location.search+(rest?"#"+rest:""));
}
})()`;
