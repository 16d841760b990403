/** Idempotency keys: one wish keeps its key, however often the button is pressed. */
const keys = new Map<string, string>();

export function keyOf(wish: unknown): string {
  const text = JSON.stringify(wish);
  const key = keys.get(text) ?? crypto.randomUUID();
  keys.set(text, key);
  return key;
}

/** It came true: the same wish from now on is a new one. After a refusal it is still the old one. */
export function done(wish: unknown): void {
  keys.delete(JSON.stringify(wish));
}
