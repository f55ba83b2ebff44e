/** Where an emitter of that name publishes, so that what it emits keeps its order; those without a name share a shard. */
export function shardOf(emitter: string | undefined, shards: number): number {
  let hash = 0x811c9dc5; // FNV-1a, 32 bits
  if (emitter === undefined) return 0;
  for (let i = 0; i < emitter.length; i++) {
    hash = Math.imul(hash ^ emitter.charCodeAt(i), 0x01000193);
  }
  return (hash >>> 0) % shards;
}
