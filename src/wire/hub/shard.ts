/** Where a publisher's or an emitter's events go, so that they keep their order; emitters without a name share a shard. */
export function shardOf(name: string | undefined, shards: number): number {
  if (name === undefined) return 0;
  let hash = 0x811c9dc5; // FNV-1a, 32 bits
  for (let i = 0; i < name.length; i += 1) hash = Math.imul(hash ^ name.charCodeAt(i), 0x01000193);
  return (hash >>> 0) % shards;
}
