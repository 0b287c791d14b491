import { useEffect, useRef } from 'preact/hooks'
import { VIEWS } from '../data/place.ts'
import { isShowingShortcuts } from '../data/shortcuts.ts'
import { capitalized } from '../data/words.ts'

const OTHERS: readonly (readonly [string, string])[] = [
  ['r', 'Refresh'],
  ['t', 'Light, dark, or as the system has it'],
  ['p', 'Pause the list of calls, or let it go on'],
  ['/', 'Filter the calls'],
  ['Esc', 'Close what is open'],
  ['?', 'This list'],
]

export function ShortcutsDialog() {
  const dialog = useRef<HTMLDialogElement>(null)
  const isOpen = isShowingShortcuts.value
  useEffect(() => {
    if (isOpen) dialog.current?.showModal()
    else dialog.current?.close()
  }, [isOpen])
  const close = (): void => {
    isShowingShortcuts.value = false
  }
  return (
    <dialog ref={dialog} class="dialog small" aria-labelledby="keys-title" onClose={close}>
      <h2 id="keys-title">Keys</h2>
      <dl class="keys">
        {VIEWS.map((view, index) => (
          <div key={view}>
            <dt>
              <kbd>{index + 1}</kbd>
            </dt>
            <dd>{capitalized(view)}</dd>
          </div>
        ))}
        {OTHERS.map(([key, what]) => (
          <div key={key}>
            <dt>
              <kbd>{key}</kbd>
            </dt>
            <dd>{what}</dd>
          </div>
        ))}
      </dl>
      <div class="actions">
        <button type="button" class="button" onClick={close}>
          Close
        </button>
      </div>
    </dialog>
  )
}
