/**
 * `success`: the first target answered · `degraded`: another did, because the first one failed, was late (a hedge), had no
 * room or is left alone · `refused`: no attempt was made · `exhausted`: no target could answer · `cancelled`: somebody ended
 * the call.
 */
export type CallOutcome = 'success' | 'degraded' | 'refused' | 'exhausted' | 'cancelled'
