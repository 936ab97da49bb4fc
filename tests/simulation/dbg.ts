import { Simulator } from "./simulator.ts";
import { scenarioOf } from "./scenario.ts";
const [name="calm", n="100", seed="1"]=process.argv.slice(2);
const sim:any=new Simulator(scenarioOf(name,{spores:Number(n)}), Number(seed));
const late:Record<number,number[]>={};
const orig=sim.measurement.stored.bind(sim.measurement);
let cur:any=null;
const os=sim.spores[0].world.onStored;
for(const sp of sim.spores){ const w=sp.world; const f=w.onStored; (sp as any).world={...w,onStored:(o:any,es:any)=>{ for(const e of es){const d=sim.time.now-e.entry.clock[0]; if(d>2500)(late[o.setup.index]??=[]).push(d);} f(o,es);} } }
const r=await sim.run();
console.log(r.delivery, r.traffic);
const indeg:Record<number,number>={};
for(const sp of sim.spores){const p:any=sp.node.protocol.peers; for(const k of new Set([...p.view.keys(),...p.callers])){const t=sim.spores.find((x:any)=>x.publicKey===k).setup.index; indeg[t]=(indeg[t]??0)+1;}}
console.log('late',late);
console.log('indeg of late', Object.keys(late).map(k=>[k,indeg[k as any]??0]));
console.log('view sizes', sim.spores.map((s:any)=>(s.node.protocol.peers as any).view.size).join(','));
const s2:any=new Simulator(scenarioOf(name,{spores:Number(n)}), Number(seed));
const want=Object.entries(late).filter(([,v])=>v.length>5).map(([k])=>Number(k));
s2.time.schedule(Date.UTC(2026,0,1)+63000,()=>{
  for(const w of want){ const key=s2.spores[w].publicKey;
   for(const sp of s2.spores){const p:any=sp.node.protocol.peers; const inV=p.view.has(key), inC=p.callers.includes(key); if(inV||inC){const peer=p.get(key); const ob=(sp.node.protocol.push as any).outboxes.get(key);
     console.log(w,'<-',sp.setup.index,inV?'view':'caller',{f:peer.failures,retry:peer.retryAt-sp.now(),callable:peer.callable,q:peer.quarantinedUntil}, ob?[ob.put.ids.size,ob.put.flushing,ob.announce.ids.size,ob.announce.flushing]:null, 'up',sp.isUp, 'rows',sp.disk.rows.length)}}
   const pend=(s2.spores[w].node.protocol.push as any).pending; console.log('pending at',w,pend.size, 'rows', s2.spores[w].disk.rows.length);
  }});
await s2.run();
