/** Headers that speak of the body as it came. */
const BODY_HEADERS = /^(?:content-(?:length|encoding|type)|transfer-encoding)$/i

/** A response that holds the answer as it was handed out, where the body that came is in another shape. */
export function jsonResponse(data: object, { status, headers }: Response): Response {
  const kept = [...headers].filter(([name]) => !BODY_HEADERS.test(name))
  return new Response(JSON.stringify(data), {
    status,
    headers: [...kept, ['content-type', 'application/json']],
  })
}
