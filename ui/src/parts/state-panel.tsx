import type { ComponentChildren } from 'preact'
import { refresh } from '../data/clock.ts'
import { isWithoutLedger, type Problem } from '../data/fetch-report.ts'
import { RETRY_MS } from '../data/keep-asking.ts'
import { Icon, type IconName } from './icon.tsx'

interface StatePanelProps {
  readonly icon: IconName
  readonly title: string
  readonly children?: ComponentChildren
}

/** Instead of figures: what is the matter, and what to do. */
export function StatePanel({ icon, title, children }: StatePanelProps) {
  return (
    <div class="state-panel">
      <span class="state-icon">
        <Icon name={icon} />
      </span>
      <h2>{title}</h2>
      {children}
    </div>
  )
}

/** Where there are no figures at all because they could not be had. */
export function ProblemPanel({ problem }: { readonly problem: Problem }) {
  const { title, text } = problemWords(problem)
  return (
    <div role="alert">
      <StatePanel
        icon={problem.kind === 'signed-out' || problem.kind === 'forbidden' ? 'key' : 'alert'}
        title={title}
      >
        <p>{text}</p>
        <p>
          <button type="button" class="button" onClick={refresh}>
            Try again
          </button>
        </p>
      </StatePanel>
    </div>
  )
}

const NO_LEDGER = {
  title: 'There is no ledger',
  text: 'This app keeps none, because its router was made with `ledger: false`. Without that option, what calls cost is kept.',
}

const AGAIN = `It is asked again every ${RETRY_MS / 1000} seconds.`

export function problemWords(problem: Problem): { readonly title: string; readonly text: string } {
  switch (problem.kind) {
    case 'signed-out':
      return {
        title: 'You are not signed in',
        text: 'This app does not know who you are, or your session has ended. Sign in to it, then try again.',
      }
    case 'forbidden':
      return {
        title: 'You are not let in',
        text: 'This app does not let you see its costs. You may not be signed in any more; or somebody has to let you in.',
      }
    case 'not-found':
      return { title: 'Not found', text: problem.detail ?? 'It is not in the ledger, or not any more.' }
    case 'refused':
      return {
        title: 'This question was refused',
        text: problem.detail ?? `The cost API answered with status ${problem.status}.`,
      }
    case 'unavailable':
      if (isWithoutLedger(problem)) return NO_LEDGER
      return {
        title: problem.status === 503 ? 'The ledger cannot be read' : 'The figures cannot be had',
        text: `${problem.detail ?? `The cost API answered with status ${problem.status}.`} Calls go on as usual. ${AGAIN}`,
      }
    case 'unreachable':
      return {
        title: 'The app cannot be reached',
        text: `It may be restarting, or you are offline. ${AGAIN}`,
      }
  }
}

interface ProblemBannerProps {
  readonly problem: Problem
  /** What there is to be seen below all the same. */
  readonly shown?: string
}

/** Above figures that are there but old. */
export function ProblemBanner({
  problem,
  shown = 'What is shown is what was known before.',
}: ProblemBannerProps) {
  const { title, text } = problemWords(problem)
  return (
    <div class="banner bad" role="alert">
      <Icon name="alert" />
      <p>
        <strong>{title}.</strong> {text} {shown}
      </p>
      <button type="button" class="button" onClick={refresh}>
        Try again
      </button>
    </div>
  )
}
