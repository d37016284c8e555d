import { render } from "preact";
import { App } from "./app";
import { start } from "./router";
import "./theme.css";
import "./search.css";

start();
const root = document.getElementById("app");
if (root) render(<App />, root);
