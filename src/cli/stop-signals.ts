const STOP_SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** Resolves at the first signal that asks the process to end. More of them change nothing. */
export function stopSignal(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of STOP_SIGNALS) process.on(signal, () => resolve());
  });
}

/**
 * Does something, and takes back what it did to the signals. Miniflare would end the process at the first one, with
 * an exit code of its own and before workerd is gone.
 */
export function withoutSignalHandlers<Result>(work: () => Result): Result {
  const before = STOP_SIGNALS.map((signal) => new Set(process.listeners(signal)));
  const result = work();
  for (const [index, signal] of STOP_SIGNALS.entries()) {
    for (const listener of process.listeners(signal)) {
      if (!before[index]?.has(listener)) process.removeListener(signal, listener);
    }
  }
  return result;
}
