/**
 * A stranger's card. The server has sanitised it; here it stands in a frame without scripts, so
 * that nothing in it can run or reach the page even if something was overlooked.
 */
import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import type { CardPayload, ModelPayload } from "../api";
import { useApi } from "../client";
import { Chip } from "../components/controls";
import { Panel, Ready } from "../components/parts";
import { count, plural } from "../format";
import { route, setQuery } from "../router";
import { dark } from "../state";
import style from "./card.css?url";

const FOLDED = 420;

function page(html: string, isDark: boolean): string {
  const sheet = new URL(style, document.baseURI).href;
  return (
    `<!doctype html><html lang="en" data-theme="${isDark ? "dark" : "light"}"><head>` +
    `<meta charset="utf-8"><title>Card</title><link rel="stylesheet" href="${sheet}">` +
    `</head><body>${html}</body></html>`
  );
}

function Frame({ card }: { card: CardPayload }) {
  const frame = useRef<HTMLIFrameElement>(null);
  const height = useSignal(FOLDED);
  const whole = useSignal(false);
  useEffect(() => {
    const element = frame.current;
    if (!element) return undefined;
    const measure = () => {
      height.value = element.contentDocument?.documentElement.scrollHeight ?? FOLDED;
    };
    element.addEventListener("load", measure);
    return () => element.removeEventListener("load", measure);
  }, []);
  const folded = height.value > FOLDED && !whole.value;
  return (
    <>
      <iframe
        ref={frame}
        class="card"
        title={`Card of ${card.model}`}
        sandbox="allow-same-origin allow-popups allow-popups-to-escape-sandbox"
        srcdoc={page(card.html, dark.value)}
        style={{ height: `${folded ? FOLDED : Math.min(height.value + 8, 12000)}px` }}
      />
      {height.value > FOLDED && (
        <div class="chips">
          <Chip
            onClick={() => {
              whole.value = !whole.value;
            }}
          >
            {folded ? "Show all of it" : "Show less"}
          </Chip>
        </div>
      )}
    </>
  );
}

export function CardPanel({ model }: { model: ModelPayload }) {
  const open = route.value.query["card"] === "1";
  const { has_text: there, length, is_generated: generated } = model.card;
  const answer = useApi<CardPayload>(open && there ? `card/${model.facts.model}` : null);
  const about = [
    length === null ? null : `${count(length)} characters`,
    generated ? "its words say that a tool wrote it" : null,
  ].filter(Boolean);
  return (
    <Panel heading="Card" aside={about.join(" · ")} id="card">
      {!there && <p class="quiet">This snapshot holds no text of its card.</p>}
      {there && (
        <div class="chips">
          <Chip on={open} onClick={() => setQuery({ card: open ? null : "1" })}>
            {open ? "Hide the card" : "Show the card"}
          </Chip>
        </div>
      )}
      {open && there && (
        <Ready answer={answer} what="Reading the card">
          {(card) => (
            <>
              {card.front_matter && (
                <details>
                  <summary>Front matter</summary>
                  <pre class="front" tabIndex={0}>{card.front_matter}</pre>
                </details>
              )}
              <Frame key={card.model} card={card} />
              {card.truncated && (
                <p class="faint">Only the beginning of {plural(card.length, "character")}.</p>
              )}
            </>
          )}
        </Ready>
      )}
    </Panel>
  );
}
