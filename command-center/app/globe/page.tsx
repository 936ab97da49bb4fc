/** Globe: where are we, by declared places? */
import type { Metadata } from "next";
import { GlobePage } from "@/features/globe/globe.tsx";

export const metadata: Metadata = { title: "Globe" };

export default function Page() {
  return <GlobePage />;
}
