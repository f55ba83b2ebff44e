/** What stock servers, clients, engines and Node's emitters have in common. */
export interface Emitter {
  once(event: string, listener: (...args: unknown[]) => void): unknown;
}

/** The arguments of the next event of that name. */
export function next(emitter: Emitter, event: string): Promise<unknown[]> {
  return new Promise((resolve) => {
    emitter.once(event, (...args) => resolve(args));
  });
}

/** The first argument of each of the next `count` events of that name. */
export function collect(
  emitter: { on(event: string, listener: (value: unknown) => void): unknown },
  event: string,
  count: number,
): Promise<unknown[]> {
  const values: unknown[] = [];
  return new Promise((resolve) => {
    emitter.on(event, (value) => {
      if (values.push(value) === count) resolve(values);
    });
  });
}

/** Why a socket of either side ended: the first argument of its next `disconnect`. */
export async function disconnection(socket: Emitter): Promise<unknown> {
  const [reason] = await next(socket, "disconnect");
  return reason;
}
