/** One's own columns: dropped anywhere on the page, kept in this browser, named beside pictures. */
import { signal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { OWN_WORDS, type OwnTable, readOwnFile } from "../draw/own";
import { count, plural } from "../format";
import { say } from "../state";
import { Chip, Select } from "./controls";

export const own = signal<{ table: OwnTable; column: number } | null>(null);
const failure = signal("");

async function take(file: File): Promise<void> {
  try {
    const table = await readOwnFile(file);
    own.value = { table, column: 0 };
    failure.value = "";
    say(`${file.name}: ${plural(table.rows.size, "model")}; coloured by ${table.columns[0]}`);
  } catch (error) {
    failure.value = `${file.name} was not read. ${error instanceof Error ? error.message : error}`;
    say(failure.value);
  }
}

/** Let files be dropped; where no picture takes their colours, say where they are taken. */
export function useDrops(taken: boolean): void {
  useEffect(() => {
    if (taken) failure.value = "";
    const files = (event: DragEvent) => event.dataTransfer?.types.includes("Files") ?? false;
    const over = (event: DragEvent) => {
      if (!files(event)) return;
      event.preventDefault();
      document.body.classList.add("dropping");
    };
    const out = (event: DragEvent) => {
      if (!event.relatedTarget) document.body.classList.remove("dropping");
    };
    const drop = (event: DragEvent) => {
      document.body.classList.remove("dropping");
      const file = event.dataTransfer?.files[0];
      if (!file) return;
      event.preventDefault();
      if (taken) void take(file);
      else {
        failure.value = `${file.name} was not read: a table of yours colours the forest and the pictures of a family. Open one of them and drop it there.`;
        say(failure.value);
      }
    };
    document.addEventListener("dragover", over);
    document.addEventListener("dragleave", out);
    document.addEventListener("drop", drop);
    return () => {
      document.removeEventListener("dragover", over);
      document.removeEventListener("dragleave", out);
      document.removeEventListener("drop", drop);
      document.body.classList.remove("dropping");
    };
  }, [taken]);
}

/** The same for those who do not drag: a file chooser inside a sheet. */
export function OwnChooser() {
  return (
    <label>
      Colour by a CSV of yours …
      <input
        class="sr"
        type="file"
        accept=".csv,.tsv,.txt,text/csv"
        onChange={(event) => {
          const file = event.currentTarget.files?.[0];
          if (file) void take(file);
        }}
      />
    </label>
  );
}

/** Why a table was not read. */
export function OwnFailure() {
  if (!failure.value) return null;
  return (
    <p class="own-note" role="alert">
      {failure.value}
      <Chip onClick={() => (failure.value = "")}>Close</Chip>
    </p>
  );
}

/** What the colours stand for while a column of one's own is on. `matched` of `models` have a row. */
export function OwnNote({ matched, models, what = "here", more = "" }: { matched: number; models: number; what?: string; more?: string }) {
  const now = own.value;
  if (failure.value) return <OwnFailure />;
  if (!now) return null;
  const { table, column } = now;
  return (
    <div class="own-note" role="note">
      <strong>{OWN_WORDS}</strong>
      <span>
        {table.file}: {plural(table.rows.size, "model")}; {count(matched)} of {count(models)} {what} have
        a row.{more}
        {table.repeated > 0 && ` ${plural(table.repeated, "repeated row")} left out.`}
        {table.empty > 0 && ` ${plural(table.empty, "row")} without a model left out.`}
      </span>
      <Select
        label="Column"
        value={String(column)}
        choices={table.columns.map((name, i) => ({ value: String(i), label: name }))}
        onChange={(value) => (own.value = { table, column: Number(value) })}
      />
      <Chip onClick={() => (own.value = null)}>Remove</Chip>
    </div>
  );
}
