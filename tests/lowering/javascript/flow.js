// @flow
const pool: Pool = makePool();
export const size = (x: number): number => x + 1;
