import { name, version } from '../package.json';

/** Set VITE_API_URL for another place than the one that `make run` starts. */
export const API_URL: string = import.meta.env.VITE_API_URL ?? 'http://127.0.0.1:8000/graphql';

/** The server counts by these who still uses what is deprecated. */
export const CLIENT = { name, version };
