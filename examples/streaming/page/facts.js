/** Known at the first content: the server's `responseHeaders: { report: true }` says it. */
export function whoAnswers(headers) {
  const failed = Number(headers.get('x-llm-attempts')) - 1
  const target = headers.get('x-llm-target')
  return failed > 0 ? [target, `${failed} failed before it`] : [target]
}

/** Known at the end, however it came about. */
export async function howItWent(callId) {
  const response = await fetch(`calls/${callId}`)
  if (!response.ok) return ['nothing more is known']
  const { costUsd, costStatus, inputTokens, outputTokens, timeToFirstTokenMs, latencyMs } =
    await response.json()
  return [
    costUsd === undefined
      ? 'cost unknown'
      : `${costStatus === 'estimated' ? 'about ' : ''}$${plain(costUsd)}`,
    `${inputTokens ?? '?'} tokens in, ${outputTokens ?? '?'} out`,
    `${seconds(timeToFirstTokenMs)} to the first word`,
    `${seconds(latencyMs)} in all`,
  ]
}

function plain(usd) {
  return usd.toFixed(9).replace(/\.?0+$/, '')
}

function seconds(ms) {
  return ms === undefined ? '?' : `${(ms / 1000).toFixed(1)} s`
}
