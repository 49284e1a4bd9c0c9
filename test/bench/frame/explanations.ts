/** Why a goal was missed and what was tried: by case, then by the name of the ratio. Shown while the goal is missed. */
export type Explanations = Readonly<Record<string, Readonly<Record<string, string>>>>;

export const EXPLANATIONS: Explanations = {};
