// #region answer
/** Yields an answer's choices as they come. It ends only when the answer is complete; when it is not, it throws. */
export async function* choicesOf(response) {
  for await (const data of eventsOf(response.body)) {
    if (data === '[DONE]') return
    const { error, choices } = JSON.parse(data)
    if (error) throw new Error(error.message)
    yield* choices
  }
  throw new Error('The connection ended before the answer did.')
}

/** What stands after `data:` in each line of an event stream. */
async function* eventsOf(body) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader()
  let rest = ''
  while (true) {
    const { done, value } = await reader.read()
    if (done) return
    const lines = (rest + value).split('\n')
    rest = lines.pop()
    for (const line of lines) if (line.startsWith('data: ')) yield line.slice('data: '.length)
  }
}
// #endregion
