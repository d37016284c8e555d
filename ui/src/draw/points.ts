/**
 * Many dots by WebGL2: one buffer, one draw call, each dot a smooth disc or ring. Positions stay in
 * the coordinates of the layout; panning changes two uniforms.
 */

/** Dots of a layout; all arrays have one entry a dot. */
export interface Dots {
  x: Float32Array;
  y: Float32Array;
  r: Float32Array; // in the units of x and y
  color: Uint32Array; // 0xAABBGGRR, as a Uint8Array of R, G, B, A reads it on this machine
  hollow: Uint8Array;
}

const VERTEX = `#version 300 es
in vec2 at; in float r; in vec4 color; in float hollow;
uniform vec3 view; uniform vec2 size; uniform float ratio;
out vec4 fill; out float radius; flat out float ring;
void main() {
  vec2 p = at * view.z + view.xy;
  gl_Position = vec4(p.x / size.x * 2.0 - 1.0, 1.0 - p.y / size.y * 2.0, 0.0, 1.0);
  radius = max(r * view.z, 0.5) * ratio;
  gl_PointSize = 2.0 * radius + 2.0;
  fill = color; ring = hollow;
}`;

const FRAGMENT = `#version 300 es
precision mediump float;
in vec4 fill; in float radius; flat in float ring;
out vec4 result;
void main() {
  float d = length((gl_PointCoord - 0.5) * (2.0 * radius + 2.0));
  float a = clamp(radius + 0.5 - d, 0.0, 1.0);
  if (ring > 0.5) a *= clamp(d - radius + 1.6, 0.0, 1.0);
  if (a <= 0.0) discard;
  result = vec4(fill.rgb, 1.0) * fill.a * a;
}`;

/** Words for "#RRGGBB" as the number that `Dots.color` holds. */
export function packColor(hex: string, alpha = 1): number {
  const rgb = Number.parseInt(hex.slice(1), 16);
  const bytes = new Uint8Array([(rgb >> 16) & 255, (rgb >> 8) & 255, rgb & 255, Math.round(alpha * 255)]);
  return new Uint32Array(bytes.buffer)[0]!;
}

export class PointLayer {
  private name: string | null = null;
  private count = 0;
  private readonly buffers: WebGLBuffer[] = [];
  lost = false;

  private constructor(
    private readonly canvas: HTMLCanvasElement,
    private readonly gl: WebGL2RenderingContext,
    private readonly program: WebGLProgram,
  ) {}

  /** A layer on the canvas, or null where there is no WebGL2. */
  static create(canvas: HTMLCanvasElement): PointLayer | null {
    const gl = canvas.getContext("webgl2", { antialias: false, premultipliedAlpha: true, depth: false });
    if (!gl) return null;
    const program = gl.createProgram();
    for (const [kind, source] of [
      [gl.VERTEX_SHADER, VERTEX],
      [gl.FRAGMENT_SHADER, FRAGMENT],
    ] as const) {
      const shader = gl.createShader(kind);
      if (!shader) return null;
      gl.shaderSource(shader, source);
      gl.compileShader(shader);
      gl.attachShader(program, shader);
    }
    gl.linkProgram(program);
    if (!gl.getProgramParameter(program, gl.LINK_STATUS)) return null;
    const layer = new PointLayer(canvas, gl, program);
    canvas.addEventListener("webglcontextlost", (event) => {
      event.preventDefault();
      layer.lost = true;
    });
    return layer;
  }

  /** Name of the renderer, as the driver tells it: asked once, as the answer may take a frame. */
  get renderer(): string {
    if (this.name === null) {
      const info = this.gl.getExtension("WEBGL_debug_renderer_info");
      this.name = String(this.gl.getParameter(info ? info.UNMASKED_RENDERER_WEBGL : this.gl.RENDERER));
    }
    return this.name;
  }

  private attribute(name: string, data: AllowSharedBufferSource, size: number, type: number, scaled: boolean): void {
    const { gl } = this;
    const place = gl.getAttribLocation(this.program, name);
    const buffer = gl.createBuffer();
    this.buffers.push(buffer);
    gl.bindBuffer(gl.ARRAY_BUFFER, buffer);
    gl.bufferData(gl.ARRAY_BUFFER, data, gl.STATIC_DRAW);
    gl.enableVertexAttribArray(place);
    gl.vertexAttribPointer(place, size, type, scaled, 0, 0);
  }

  set(dots: Dots): void {
    const { gl } = this;
    for (const buffer of this.buffers.splice(0)) gl.deleteBuffer(buffer);
    const n = dots.x.length;
    const at = new Float32Array(2 * n);
    for (let i = 0; i < n; i++) {
      at[2 * i] = dots.x[i]!;
      at[2 * i + 1] = dots.y[i]!;
    }
    this.attribute("at", at, 2, gl.FLOAT, false);
    this.attribute("r", dots.r, 1, gl.FLOAT, false);
    this.attribute("color", dots.color, 4, gl.UNSIGNED_BYTE, true);
    this.attribute("hollow", dots.hollow, 1, gl.UNSIGNED_BYTE, false);
    this.count = n;
  }

  /** Draw all dots; `view` maps the layout to CSS pixels: x·k + tx, y·k + ty. */
  draw(view: { k: number; x: number; y: number }, ratio: number): void {
    const { gl, canvas, program } = this;
    if (this.lost) return;
    gl.viewport(0, 0, canvas.width, canvas.height);
    gl.clearColor(0, 0, 0, 0);
    gl.clear(gl.COLOR_BUFFER_BIT);
    if (this.count === 0) return;
    gl.enable(gl.BLEND);
    gl.blendFunc(gl.ONE, gl.ONE_MINUS_SRC_ALPHA);
    gl.useProgram(program);
    gl.uniform3f(gl.getUniformLocation(program, "view"), view.x, view.y, view.k);
    gl.uniform2f(gl.getUniformLocation(program, "size"), canvas.width / ratio, canvas.height / ratio);
    gl.uniform1f(gl.getUniformLocation(program, "ratio"), ratio);
    gl.drawArrays(gl.POINTS, 0, this.count);
  }

  dispose(): void {
    for (const buffer of this.buffers.splice(0)) this.gl.deleteBuffer(buffer);
    this.gl.deleteProgram(this.program);
  }
}
