import { choicesOf } from './answer.js'
import { howItWent, whoAnswers } from './facts.js'

const byId = (id) => document.getElementById(id)
const [form, prompt, log, send, stop] = ['ask', 'prompt', 'log', 'send', 'stop'].map(byId)

/** Ends the answer under way; undefined when there is none. */
let leaving

form.addEventListener('submit', (event) => {
  event.preventDefault()
  const question = prompt.value.trim()
  if (question === '' || leaving !== undefined) return
  prompt.value = ''
  void ask(question)
})

prompt.addEventListener('keydown', (event) => {
  if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return
  event.preventDefault()
  form.requestSubmit()
})

stop.addEventListener('click', () => leaving?.abort())
document.addEventListener('keydown', (event) => {
  if (event.key === 'Escape') leaving?.abort()
})

async function ask(question) {
  const turn = addTurn(question)
  leaving = new AbortController()
  showBusy(true)
  try {
    await answer(turn, question, leaving.signal)
  } finally {
    leaving = undefined
    showBusy(false)
  }
}

/** The states of an answer: waiting, streaming, then one of complete, cut, stopped, incomplete, failed. */
async function answer(turn, question, signal) {
  let callId
  try {
    const response = await fetch('chat', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ prompt: question }),
      signal,
    })
    callId = response.headers.get('x-llm-call-id')
    if (!response.ok) return turn.end('failed', `No answer: ${await problemOf(response)}`)
    turn.begin()
    turn.tell(whoAnswers(response.headers))
    let finishReason
    for await (const { delta, finish_reason } of choicesOf(response)) {
      finishReason = finish_reason ?? finishReason
      turn.write(delta.content ?? '')
    }
    if (finishReason === 'length') turn.end('cut', 'The model stopped at its limit of length.')
    else turn.end('complete', 'Complete')
  } catch (error) {
    if (signal.aborted) turn.end('stopped', 'Stopped by you. The answer is incomplete.')
    else turn.end('incomplete', `The answer is incomplete. ${error.message}`)
  } finally {
    if (callId) turn.tell(await howItWent(callId).catch(() => []))
  }
}

async function problemOf(response) {
  const problem = await response.json().catch(() => ({}))
  return problem.detail ?? `the server answered ${response.status}`
}

function addTurn(question) {
  const article = byId('turn').content.cloneNode(true).firstElementChild
  const [asked, answer, text, state, facts] = ['question', 'answer', 'text', 'state', 'facts'].map((name) =>
    article.querySelector(`.${name}`),
  )
  asked.textContent = question
  state.textContent = 'Waiting for the first word …'
  log.append(article)
  byId('start').hidden = true
  asked.scrollIntoView({ block: 'start' })
  return {
    begin() {
      article.dataset.state = 'streaming'
      state.textContent = ''
    },
    write: (piece) => keepingUp(() => text.append(piece)),
    end: (how, words) =>
      keepingUp(() => {
        article.dataset.state = how
        answer.ariaBusy = 'false'
        state.textContent = words
      }),
    tell: (more) => keepingUp(() => facts.append(...more.map(listItem))),
  }
}

function listItem(text) {
  const item = document.createElement('li')
  item.textContent = text
  return item
}

/** Stays at the end of the page, unless the reader has scrolled away from it. */
function keepingUp(change) {
  const page = document.documentElement
  const isAtEnd = page.scrollHeight - page.scrollTop - page.clientHeight < 80
  change()
  if (isAtEnd) page.scrollTop = page.scrollHeight
}

function showBusy(isBusy) {
  const hadFocus = document.activeElement === stop || document.activeElement === send
  send.hidden = isBusy
  stop.hidden = !isBusy
  // A button that is hidden loses the focus to nowhere.
  if (hadFocus) (isBusy ? stop : prompt).focus()
}

const { isFake, questions } = await (await fetch('suggestions')).json()
byId('note').hidden = !isFake
for (const question of questions) {
  const button = document.createElement('button')
  button.textContent = question
  button.addEventListener('click', () => void ask(question))
  byId('start').append(button)
}
