/** The one shape in which every route refuses: `{ "error": { "code", "message" } }`, never a stack trace. */

const STATUS_BY_CODE = {
  invalid_json: 400,
  bad_request: 400,
  unauthorised: 401,
  forbidden: 403,
  not_found: 404,
  conflict: 409,
  invalid_card: 422,
  stale_challenge: 409,
  forged: 401,
  url_not_proven: 403,
  invalid_invite: 403,
  not_invited: 403,
  blocked: 403,
  revoked: 403,
  incompatible: 409,
  too_large: 413,
  unsupported_media_type: 415,
  invalid: 422,
  secret_found: 422,
  too_many_requests: 429,
  internal: 500,
  timeout: 504,
  storage: 507,
} as const;

export type ErrorCode = keyof typeof STATUS_BY_CODE;

/** Thrown by routes and guards; the message tells the caller what to do about it. */
export class HttpError extends Error {
  readonly code: ErrorCode;
  readonly headers: Readonly<Record<string, string>>;

  constructor(code: ErrorCode, message: string, headers: Readonly<Record<string, string>> = {}) {
    super(message);
    this.code = code;
    this.headers = headers;
  }
}

/** `openai` adds the members by which OpenAI clients tell errors apart; the contract's own are the same in both. */
export type ErrorDialect = "contract" | "openai";

export function errorBody(code: ErrorCode, message: string, dialect: ErrorDialect) {
  return {
    error: dialect === "contract" ? { code, message } : { code, message, type: typeOf(code), param: null },
  };
}

function typeOf(code: ErrorCode): string {
  const status = STATUS_BY_CODE[code];
  if (status === 401) return "authentication_error";
  if (status === 403) return "permission_error";
  if (status === 429) return "rate_limit_error";
  return status >= 500 ? "server_error" : "invalid_request_error";
}

export function errorResponse(
  code: ErrorCode,
  message: string,
  headers: Readonly<Record<string, string>> = {},
  dialect: ErrorDialect = "contract",
): Response {
  return Response.json(errorBody(code, message, dialect), { status: STATUS_BY_CODE[code], headers });
}
