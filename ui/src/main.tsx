import { render } from "preact";

render(<p>cladist</p>, document.getElementById("app")!);
