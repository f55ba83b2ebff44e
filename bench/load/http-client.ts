import * as http from "node:http";
import * as https from "node:https";

/** One client's HTTP connections, kept alive as a browser keeps them. */
export class HttpClient {
  readonly #base: string;
  readonly #agent: http.Agent;
  readonly #request: typeof http.request;

  constructor(base: string) {
    const { Agent, request } = base.startsWith("https:") ? https : http;
    this.#base = base;
    this.#agent = new Agent({ keepAlive: true });
    this.#request = request;
  }

  /** The body of a 200. */
  get(path: string): Promise<string> {
    return this.#exchange(path, "GET", undefined);
  }

  post(path: string, body: string): Promise<string> {
    return this.#exchange(path, "POST", body);
  }

  close(): void {
    this.#agent.destroy();
  }

  #exchange(path: string, method: string, body: string | undefined): Promise<string> {
    return new Promise((resolve, reject) => {
      const headers =
        body === undefined
          ? {}
          : { "content-type": "text/plain;charset=UTF-8", "content-length": body.length };
      const options = { agent: this.#agent, method, headers };
      const request = this.#request(this.#base + path, options, (response) => {
        let text = "";
        response.setEncoding("utf8");
        response.on("data", (chunk: string) => (text += chunk));
        response.once("error", reject);
        response.once("end", () => {
          if (response.statusCode === 200) resolve(text);
          else reject(new Error(`${method} was answered ${response.statusCode}: ${text}`));
        });
      });
      request.once("error", reject);
      request.end(body);
    });
  }
}
