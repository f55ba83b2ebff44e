/** The first `limit` characters of a body; the rest is not read. */
export async function readText(response: Response, limit: number): Promise<string> {
  if (!response.body) return "";
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return text;
    text += value;
    if (text.length >= limit) break;
  }
  await reader.cancel();
  return text.slice(0, limit);
}
