/** Quantum: why this answer now? */
import type { Metadata } from "next";
import { Quantum } from "@/features/quantum/quantum.tsx";

export const metadata: Metadata = { title: "Quantum" };

export default function Page() {
  return <Quantum />;
}
