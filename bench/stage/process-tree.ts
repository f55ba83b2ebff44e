import { readdirSync, readFileSync } from "node:fs";

/** Linux reports CPU time in ticks of 10 ms, whatever the kernel's own clock (proc(5), sysconf(_SC_CLK_TCK)). */
const TICK_MS = 10;

interface Stat {
  readonly pid: number;
  readonly command: string;
  readonly parent: number;
  readonly cpuMs: number;
}

/** A process and all below it, with their commands. */
export function processTree(root: number): { pid: number; command: string }[] {
  const all = readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => readStat(Number(name)) ?? []);
  const found = all.filter((stat) => stat.pid === root);
  for (const parent of found) found.push(...all.filter((stat) => stat.parent === parent.pid));
  return found;
}

/** User and system time of these processes so far, in ms; of one that has ended, none. */
export function cpuMs(pids: readonly number[]): number {
  return pids.reduce((sum, pid) => sum + (readStat(pid)?.cpuMs ?? 0), 0);
}

/** Memory of these processes that is in RAM (RSS), in KB. */
export function memoryKb(pids: readonly number[]): number {
  return pids.reduce((sum, pid) => {
    const status = readFileSync(`/proc/${pid}/status`, "utf8");
    return sum + Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]);
  }, 0);
}

function readStat(pid: number): Stat | undefined {
  const text = readIfThere(`/proc/${pid}/stat`);
  // The command stands in brackets and may hold anything, brackets too.
  const match = text === undefined ? undefined : /^\d+ \((.*)\) \S (.*)$/s.exec(text);
  if (match?.[1] === undefined || match[2] === undefined) return undefined;
  const fields = match[2].split(" ").map(Number);
  const [parent = 0] = fields;
  const ticks = (fields[10] ?? 0) + (fields[11] ?? 0); // utime and stime, fields 14 and 15 of the line
  return { pid, command: match[1], parent, cpuMs: ticks * TICK_MS };
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}
