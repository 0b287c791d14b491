import { render } from 'preact'
import 'uplot/dist/uPlot.min.css'
import { App } from './app.tsx'
import { startClock } from './data/clock.ts'
import { startShortcuts } from './data/shortcuts.ts'
import { startTheme } from './data/theme.ts'
import './style/tokens.css'
import './style/base.css'
import './style/layout.css'
import './style/parts.css'
import './style/views.css'

const root = document.getElementById('app')
if (root === null) throw new Error('The page has no #app')
startTheme()
startClock()
startShortcuts()
render(<App title={document.title} />, root)
