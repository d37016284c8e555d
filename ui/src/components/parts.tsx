/** The parts every page is made of: head, panel, legend, badge, and the states of an answer. */
import { useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import type { Severity, Value } from "../api";
import type { Answer, ApiError } from "../client";
import { count } from "../format";
import { color } from "../palette";
import { modelHref } from "../router";
import { say, title } from "../state";

/** The head of a page. A new heading is spoken, named in the title and focused. */
export function PageHead(props: {
  crumb?: ComponentChildren;
  heading: string;
  sub?: ComponentChildren;
  children?: ComponentChildren;
}) {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    title(props.heading);
    say(props.heading);
    const active = document.activeElement;
    if (!active || active === document.body) heading.current?.focus({ preventScroll: true });
  }, [props.heading]);
  return (
    <div class="page-head">
      <div>
        {props.crumb && <p class="crumb">{props.crumb}</p>}
        <h1 tabIndex={-1} ref={heading}>
          {props.heading}
        </h1>
        {props.sub && <p class="sub">{props.sub}</p>}
      </div>
      {props.children && <div class="chips">{props.children}</div>}
    </div>
  );
}

export function Panel(props: {
  heading?: ComponentChildren;
  aside?: ComponentChildren;
  class?: string;
  id?: string;
  children: ComponentChildren;
}) {
  return (
    <section class={`panel ${props.class ?? ""}`} id={props.id}>
      {props.heading && (
        <h2>
          {props.heading} {props.aside && <span class="aside">{props.aside}</span>}
        </h2>
      )}
      {props.children}
    </section>
  );
}

export function Swatch({ place, square = false }: { place: string; square?: boolean }) {
  const hollow = place === "neutral" || /\.(unstated|unknown)$/.test(place);
  return (
    <span
      class={`swatch${hollow ? " hollow" : ""}${square ? " square" : ""}`}
      style={{ background: color(place) }}
      aria-hidden="true"
    />
  );
}

/** Values with their counts; hollow = not stated. With `onPick` each is a button. */
export function Legend(props: {
  values: Value[];
  label?: string;
  onPick?: (value: Value, index: number) => void;
}) {
  return (
    <ul class="legend" aria-label={props.label ?? "Colours"}>
      {props.values.map((v, i) => {
        const inside = (
          <>
            <Swatch place={v.palette} /> {v.label} {count(v.count)}
          </>
        );
        return (
          <li key={v.key}>
            {props.onPick ? (
              <button type="button" onClick={() => props.onPick?.(v, i)}>
                {inside}
              </button>
            ) : (
              inside
            )}
          </li>
        );
      })}
    </ul>
  );
}

/** A link that leaves the explorer, in a new tab, and says so. */
export function Outside({ href, children }: { href: string; children: ComponentChildren }) {
  return (
    <a href={href} target="_blank" rel="noopener noreferrer">
      {children}
      {" "}
      <span role="img" aria-label="(outside, in a new tab)">
        ↗
      </span>
    </a>
  );
}

const VERDICTS: Record<Severity, string> = {
  ok: "no finding",
  obligation: "obligations pass on",
  review: "to be reviewed",
  unknown: "unknown",
  conflict: "possible conflict",
};

/** The words of a verdict; a possible conflict carries its sign as well as its colour. */
export function Verdict({ severity, more = "" }: { severity: Severity; more?: string }) {
  return (
    <span class={`badge ${severity}`}>
      {severity === "conflict" && <span aria-hidden="true">⚠ </span>}
      {VERDICTS[severity] ?? severity}
      {more}
    </span>
  );
}

/** Nothing for 300 ms, then a band; after 2 s it says what is being done. */
export function Loading({ what, step }: { what: string; step?: string | null }) {
  const phase = useSignal(0);
  useEffect(() => {
    const soon = setTimeout(() => {
      phase.value = 1;
    }, 300);
    const late = setTimeout(() => {
      phase.value = 2;
    }, 2000);
    return () => {
      clearTimeout(soon);
      clearTimeout(late);
    };
  }, []);
  if (phase.value === 0 && !step) return <div class="loading-space" aria-busy="true" />;
  return (
    <div class="loading" role="status" aria-busy="true">
      <i aria-hidden="true" />
      <span>{step ?? (phase.value === 2 ? `${what} …` : "")}</span>
    </div>
  );
}

export function ErrorState({ error }: { error: ApiError }) {
  useEffect(() => say(error.message), [error]);
  return (
    <section class="panel error" role="alert">
      <h2>{error.message}</h2>
      {error.remedy && <p>{error.remedy}</p>}
      {error.nearest.length > 0 && (
        <>
          <p class="quiet">Nearest:</p>
          <ul>
            {error.nearest.map((id) => (
              <li key={id}>
                <a href={modelHref(id)}>{id}</a>
              </li>
            ))}
          </ul>
        </>
      )}
      <p class="faint mono">
        {error.status || ""} {error.code}
      </p>
    </section>
  );
}

/** Nothing to show: says which filters are in force and offers to remove them. */
export function Empty(props: {
  heading: string;
  children?: ComponentChildren;
  actions?: ComponentChildren;
}) {
  return (
    <section class="state">
      <h2>{props.heading}</h2>
      <div class="quiet">{props.children}</div>
      {props.actions && <div class="chips">{props.actions}</div>}
    </section>
  );
}

/** The answer's data, or its state. `what` says what is done while waiting. */
export function Ready<T>(props: {
  answer: Answer<T>;
  what: string;
  children: (data: T) => ComponentChildren;
}) {
  const { data, error, running } = props.answer;
  if (error) return <ErrorState error={error} />;
  if (data === null) {
    return (
      <Loading
        what={props.what}
        step={running ? `${running.step} … ${Math.round(running.seconds)} s` : null}
      />
    );
  }
  return <>{props.children(data)}</>;
}
