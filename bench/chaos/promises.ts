import type { Check } from '../check.ts'
import type { StoryFacts } from './facts.ts'
export function checkStory(_facts: StoryFacts): Check[] {
  return []
}
