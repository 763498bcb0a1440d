/** The metav1.StatusReason of each code that lockstep answers with. */
const REASON_BY_CODE: Readonly<Record<number, string>> = {
  400: 'BadRequest',
  404: 'NotFound',
  405: 'MethodNotAllowed',
  408: 'Timeout',
  413: 'RequestEntityTooLarge',
  415: 'UnsupportedMediaType',
  431: 'RequestEntityTooLarge',
  500: 'InternalError',
  503: 'ServiceUnavailable',
  504: 'Timeout',
};

/** A `v1` Status. For a failed call, the API server passes on no other body to the user and to its log. */
export function statusBody(code: number, message: string): string {
  return JSON.stringify({
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    message: `lockstep: ${message}`,
    reason: REASON_BY_CODE[code] ?? 'Unknown',
    code,
  });
}
