import type { Cpu, Role, Target } from "../stage/target.ts";
import { ROLES } from "../stage/target.ts";

/** CPU of each role for one of `count`, in microseconds; nothing for a role that the target doesn't have. */
export function cpuEach(
  target: Target,
  cpu: Cpu,
  count: number,
): Readonly<Record<Role, number | undefined>> {
  const each = (role: Role) => (target.has(role) ? (cpu[role] * 1000) / count : undefined);
  return { front: each("front"), host: each("host"), origin: each("origin"), load: each("load") };
}

/** CPU of all that serves, in microseconds for one of `count`: everything but the load generator. */
export function servingCpuEach(target: Target, cpu: Cpu, count: number): number | undefined {
  const serving = ROLES.filter((role) => role !== "load" && target.has(role));
  if (serving.length === 0) return undefined;
  return (serving.reduce((sum, role) => sum + cpu[role], 0) * 1000) / count;
}

export const CPU_COLUMNS = {
  front: ["front us", 1],
  host: ["host us", 1],
  origin: ["origin us", 1],
  load: ["load us", 1],
} as const;
