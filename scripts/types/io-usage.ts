import type { IO } from "./worker.d.ts";

/** Doesn't compile unless what docs/emit.md shows does, with the types that a binding gets. */
export async function notify(io: Service<typeof IO>, order: { id: number }): Promise<true[]> {
  const kept = io.to(["a", "b"]).except("c");
  return [
    await io.emit("news", { id: order.id }, new Uint8Array([1, 2, 3])),
    await kept.volatile.compress(false).emit("load", 0.7),
    await io.volatile.of("/admin").key(`order-${order.id}`).in("a").emit("shipped", order.id),
    await io.of("/admin").serverSideEmit("refresh"),
    await kept.socketsJoin("d"),
    await kept.socketsLeave(["a"]),
    await io.in("a").disconnectSockets(true),
  ];
}
