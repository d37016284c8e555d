/** The live region: what `say()` is given is read aloud. */
import { spoken } from "../state";

export function Live() {
  const { text, turn } = spoken.value;
  // A no-break space at every second turn makes the same sentence a new one.
  return (
    <div class="sr" role="status" aria-live="polite">
      {turn % 2 ? `${text}\u00a0` : text}
    </div>
  );
}
