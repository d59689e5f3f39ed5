/** One line for every import that crosses a border of the folders: `workflows/a.ts:3 must not import ../activities/b.ts`. */
export function checkBorders(root: string): string[];
