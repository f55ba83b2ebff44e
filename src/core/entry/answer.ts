import type { HeaderList } from "./forward.ts";

/** An HTTP answer as plain data. */
export interface Answer {
  readonly status: number;
  readonly headers: HeaderList;
  readonly body: string;
}
