import { Simulator } from "./simulator.ts";
import { scenarioOf } from "./scenario.ts";
const [name="calm", n="100", seed="1"]=process.argv.slice(2);
const s2:any=new Simulator(scenarioOf(name,{spores:Number(n)}), Number(seed));
for(const T of [5000,30000,63000]) s2.time.schedule(Date.UTC(2026,0,1)+T,()=>{
  const v:number[]=[],c:number[]=[],slots:any={near:[],old:[],random:[]};
  const idx=new Map(s2.spores.map((x:any)=>[x.publicKey,x.setup.index]));
  for(let i=0;i<Number(n);i++){v[i]=0;c[i]=0; for(const k in slots)slots[k][i]=0;}
  for(const sp of s2.spores){const p:any=sp.node.protocol.peers; for(const [k,sl] of p.view){v[idx.get(k) as number]++;slots[sl][idx.get(k) as number]++} for(const k of p.callers)c[idx.get(k) as number]++;}
  const hist=(a:number[])=>{const h:any={};for(const x of a)h[x]=(h[x]??0)+1;return JSON.stringify(h)};
  console.log(T,'view',hist(v),'\n near',hist(slots.near),'\n old',hist(slots.old),'\n random',hist(slots.random),'\n callers',hist(c),'\n both', v.filter((x,i)=>x+c[i]===0).length);
});
await s2.run();
