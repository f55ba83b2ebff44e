/** One Socket.IO server process. */
export interface Origin {
  /** What operators and logs call it. */
  readonly name: string;
  /** Where it listens: `http` or `https`, with no path, query or credentials. */
  readonly url: string;
}

/** An origin as its pool has it. */
export interface PoolOrigin extends Origin {
  /** Its share of new sessions against the others', 0 to 1000; 0 gets none. */
  readonly weight: number;
  /** Gets sessions only while no other origin is up. */
  readonly isBackup: boolean;
  /** Sessions that it may have at a time. */
  readonly maxConnections: number | undefined;
}
