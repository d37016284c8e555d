/**
 * The API as functions: one error shape, answers kept for a while, requests that can be dropped.
 * A static site has files instead: `api/v1/<path>.json`, or `api/v1/<path>@<query>.json` for a
 * query that is not the default; lists of relatives and the search come whole and are cut here.
 */
import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import type { ErrorPayload, RunningPayload } from "./api";
import { encodeId, isStatic, type Query, writeQuery } from "./router";
import { narrow, withoutDefaults } from "./static";

export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly remedy: string,
    readonly nearest: string[],
  ) {
    super(message);
  }
}

/** Parameters of a request; undefined, null and "" are left out. */
export type Parameters = Record<string, string | number | boolean | null | undefined>;

const KEPT = 120;
const answers = new Map<string, unknown>();

function asQuery(parameters: Parameters): Query {
  const query: Record<string, string> = {};
  for (const [key, value] of Object.entries(parameters)) {
    if (value !== undefined && value !== null && value !== "") query[key] = String(value);
  }
  return query;
}

/** The address of an answer. `path` is "hub" or "model/author/name", ids not yet encoded. */
export function address(path: string, parameters: Parameters = {}): string {
  const asked = asQuery(parameters);
  const query = writeQuery(isStatic ? withoutDefaults(path, asked) : asked);
  if (!isStatic) return new URL(`api/v1/${encodeId(path)}${query}`, document.baseURI).href;
  const suffix = query ? `@${query.slice(1)}` : "";
  return new URL(`api/v1/${encodeId(path)}${suffix}.json`, document.baseURI).href;
}

async function failure(response: Response): Promise<ApiError> {
  try {
    const { error } = (await response.json()) as ErrorPayload;
    return new ApiError(error.status, error.code, error.message, error.remedy, error.nearest);
  } catch {
    return isStatic && response.status === 404
      ? new ApiError(404, "not_in_this_site", "This static site does not hold that page.",
          "It was written for one family or a small hub; open the snapshot with cladist serve.", [])
      : new ApiError(response.status, "unreadable", `The server answered ${response.status}.`,
          "Look at the terminal in which cladist serve runs.", []);
  }
}

async function ask(url: string, signal?: AbortSignal): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(url, { signal: signal ?? null, headers: { accept: "application/json" } });
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new ApiError(0, "unreachable", "The server does not answer.",
      "Is cladist serve still running? Start it again and reload this page.", []);
  }
  if (!response.ok) throw await failure(response);
  return response;
}

function keep<T>(url: string, answer: T): T {
  answers.delete(url);
  answers.set(url, answer);
  for (const oldest of answers.keys()) {
    if (answers.size <= KEPT) break;
    answers.delete(oldest);
  }
  return answer;
}

/** An answer that is already here. */
export function known<T>(path: string, parameters: Parameters = {}): T | undefined {
  return answers.get(address(path, parameters)) as T | undefined;
}

/** Ask for a JSON answer. */
export async function get<T>(
  path: string,
  parameters: Parameters = {},
  signal?: AbortSignal,
): Promise<T> {
  const url = address(path, parameters);
  const there = answers.get(url);
  if (there !== undefined) return keep(url, there as T);
  if (isStatic) {
    const whole = narrow<T>(path, asQuery(parameters));
    if (whole) {
      const file = address(whole.path, whole.asked);
      const text = answers.get(file) ?? (await (await ask(file, signal)).json());
      keep(file, text);
      return keep(url, whole.cut(text));
    }
  }
  return keep(url, (await (await ask(url, signal)).json()) as T);
}

/** Ask for bytes (Arrow IPC). */
export async function getBytes(
  path: string,
  parameters: Parameters = {},
  signal?: AbortSignal,
): Promise<Uint8Array> {
  const url = address(path, parameters);
  const there = answers.get(`${url} bytes`);
  if (there) return there as Uint8Array;
  const response = await ask(url, signal);
  return keep(`${url} bytes`, new Uint8Array(await response.arrayBuffer()));
}

const QUEUED: RunningPayload = { state: "running", seconds: 0, step: "waiting: too many analyses are asked for" };
const PAUSES = [150, 250, 400, 700, 1000];

/** The answer with its status; none where the server has too much to do, so that one waits. */
async function askUnlessBusy(url: string, signal: AbortSignal): Promise<Response | null> {
  try {
    return await ask(url, signal);
  } catch (error) {
    if (error instanceof ApiError && error.code === "busy") return null;
    throw error;
  }
}

/** Ask for something that may still be computed: 202, and a busy server, are asked again. */
export async function getWhenDone<T>(
  path: string,
  parameters: Parameters,
  signal: AbortSignal,
  running: (step: RunningPayload) => void,
): Promise<T> {
  const url = address(path, parameters);
  const there = answers.get(url);
  if (there !== undefined) return keep(url, there as T);
  for (let turn = 0; ; turn++) {
    const response = await askUnlessBusy(url, signal);
    const answer = response && ((await response.json()) as T | RunningPayload);
    if (response && response.status !== 202) return keep(url, answer as T);
    running((answer as RunningPayload | null) ?? QUEUED);
    await new Promise((resolve) =>
      setTimeout(resolve, PAUSES[Math.min(turn, PAUSES.length - 1)] ?? 1000),
    );
    if (signal.aborted) throw new DOMException("dropped", "AbortError");
  }
}

export interface Answer<T> {
  data: T | null;
  error: ApiError | null;
  loading: boolean;
  /** What is being computed, while the server answers 202. */
  running: RunningPayload | null;
}

const NOTHING = { data: null, error: null, loading: false, running: null };

/**
 * The answer to a request inside a component; null as path asks nothing. While a new answer to
 * the same path is on its way the old one stays (`loading` is true), so that nothing flickers.
 */
export function useApi<T>(path: string | null, parameters: Parameters = {}): Answer<T> {
  const url = path === null ? null : address(path, parameters);
  const state = useSignal<Answer<T> & { path: string | null }>({ ...NOTHING, path: null });
  const asked = useRef<string | null>(null);
  useEffect(() => {
    asked.current = url;
    if (path === null) {
      state.value = { ...NOTHING, path };
      return undefined;
    }
    const control = new AbortController();
    const before = state.value;
    const data = known<T>(path, parameters) ?? (before.path === path ? before.data : null);
    state.value = { data, error: null, loading: true, running: null, path };
    const running = (step: RunningPayload) => {
      if (asked.current === url) state.value = { ...state.value, running: step };
    };
    const request = isStatic
      ? get<T>(path, parameters, control.signal)
      : getWhenDone<T>(path, parameters, control.signal, running);
    request.then(
      (answer) => {
        if (asked.current !== url) return;
        state.value = { data: answer, error: null, loading: false, running: null, path };
      },
      (error: unknown) => {
        if (asked.current !== url || control.signal.aborted) return;
        const shown =
          error instanceof ApiError
            ? error
            : new ApiError(0, "broken", String(error), "Reload the page.", []);
        state.value = { data: null, error: shown, loading: false, running: null, path };
      },
    );
    return () => control.abort();
  }, [url]);
  const now = state.value;
  return now.path === path ? now : { ...NOTHING, loading: path !== null };
}
