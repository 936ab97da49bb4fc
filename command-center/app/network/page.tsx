/** Network: who hears whom, who trusts whom? */
import type { Metadata } from "next";
import { NetworkPage } from "@/features/network/network.tsx";

export const metadata: Metadata = { title: "Network" };

export default function Page() {
  return <NetworkPage />;
}
