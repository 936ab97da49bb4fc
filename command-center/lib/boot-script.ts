/**
 * Runs in <head> before anything is painted or hydrated. Two things cannot wait for React: the theme (or the page
 * would flash), and taking the token out of the address bar (or the router would write it back into history).
 * Kept as text because it must be inline; scripts/seal.ts allows exactly these bytes by their hash.
 */
export const THEME_KEY = "synapse.theme";

export const BOOT_SCRIPT = `(()=>{
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
