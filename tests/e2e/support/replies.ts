/** How a test spore answers: JSON that any origin may read, and refusals in the contract's one shape. */
export const CORS = {
  "access-control-allow-origin": "*",
  "access-control-allow-headers": "authorization, content-type, idempotency-key, last-event-id",
  "access-control-allow-methods": "GET, POST, PUT",
};

export const json = (value: unknown, status = 200) => Response.json(value, { status, headers: CORS });

export const refuse = (status: number, code: string, message: string) =>
  json({ error: { code, message } }, status);
