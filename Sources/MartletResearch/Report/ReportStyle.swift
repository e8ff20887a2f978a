// How a report looks: one style sheet, light and dark, on paper and on a telephone.

/// The style sheet of reports. Colours follow Okabe and Ito, which colour-blind readers can tell
/// apart; gains and losses also differ by their sign.
enum ReportStyle {
    private static let light = """
        --bg:#f7f7f4;--card:#fff;--ink:#16202b;--soft:#56616e;--line:#e2e3de;--grid:#ecece8;\
        --c1:#0067a5;--c2:#c24e00;--c3:#00805c;--c4:#8f4a8c;--mute:#8b949e;--warn:#fff6df;\
        --warnline:#e0b64a;--shadow:0 1px 2px rgba(20,30,40,.05);color-scheme:light;
        """
    private static let dark = """
        --bg:#0f151c;--card:#172029;--ink:#e8edf2;--soft:#9daab7;--line:#2a3642;--grid:#222d38;\
        --c1:#5cb8f0;--c2:#f0924c;--c3:#3ec99f;--c4:#d59ad2;--mute:#77838f;--warn:#2a2413;\
        --warnline:#8a6d1d;--shadow:none;color-scheme:dark;
        """

    static let text = """
        :root{\(light)}
        @media screen and (prefers-color-scheme:dark){:root:not([data-theme=light]){\(dark)}}
        @media screen{:root[data-theme=dark]{\(dark)}}
        *{box-sizing:border-box}
        html{scroll-behavior:smooth;-webkit-text-size-adjust:100%;scroll-padding-top:3.5rem}
        body{margin:0;background:var(--bg);color:var(--ink);font:15px/1.55 system-ui,-apple-system,\
        "Segoe UI",Roboto,"Noto Sans","Liberation Sans",sans-serif;font-variant-numeric:tabular-nums}
        a{color:var(--c1)}
        .page{max-width:1140px;margin:0 auto;padding:0 20px 64px}
        header{padding:36px 0 12px;display:flex;gap:16px;align-items:flex-start}
        header div{flex:1;min-width:0}
        .brand{font-size:12px;letter-spacing:.14em;text-transform:uppercase;color:var(--soft);margin:0}
        h1{font-size:clamp(22px,4.6vw,32px);line-height:1.2;margin:.2em 0 .25em;letter-spacing:-.015em;\
        font-weight:650;overflow-wrap:anywhere}
        .sub{color:var(--soft);margin:0}
        h2{font-size:20px;letter-spacing:-.01em;margin:0 0 4px;font-weight:640}
        h3{font-size:14px;margin:0;font-weight:620}
        .lead,.note{color:var(--soft);margin:0 0 14px;max-width:76ch}
        .note{font-size:13px;margin:8px 0 0}
        button{font:inherit;font-size:13px;color:var(--ink);background:var(--card);border:1px solid \
        var(--line);border-radius:999px;padding:6px 14px;cursor:pointer}
        :focus-visible{outline:2px solid var(--c1);outline-offset:2px}
        nav{position:sticky;top:0;z-index:5;background:var(--bg);border-bottom:1px solid var(--line);\
        margin:8px 0 22px;display:flex;gap:4px 18px;overflow-x:auto;white-space:nowrap;padding:9px 0;\
        scrollbar-width:none}
        nav a{color:var(--soft);text-decoration:none;font-size:13.5px}
        nav a:hover{color:var(--ink)}
        section{margin:0 0 44px}
        .verdict{font-size:clamp(16px,2.3vw,19px);line-height:1.5;max-width:70ch;margin:0 0 20px}
        .cards{display:grid;grid-template-columns:repeat(auto-fill,minmax(236px,1fr));gap:12px}
        .card,.chart,.scroll,.panel{background:var(--card);border:1px solid var(--line);\
        border-radius:12px;box-shadow:var(--shadow)}
        .card{padding:14px 16px 12px;min-width:0}
        .card dt{font-size:12.5px;color:var(--soft)}
        .card .value{font-size:25px;line-height:1.25;font-weight:620;letter-spacing:-.02em;margin:1px 0;\
        display:flex;flex-wrap:wrap;align-items:baseline;gap:0 6px;overflow-wrap:anywhere}
        .card .value small{font-size:13px;font-weight:500;letter-spacing:0;color:var(--soft)}
        .card .more{font-size:12.5px;color:var(--soft);margin:0}
        dl,dd{margin:0}
        .up{color:var(--c1)}.down{color:var(--c2)}.even{color:inherit}
        .warnings{list-style:none;margin:20px 0 0;padding:0;display:grid;gap:8px}
        .warnings li{background:var(--warn);border:1px solid var(--warnline);border-left-width:4px;\
        border-radius:8px;padding:8px 14px 8px 12px}
        .charts{display:grid;grid-template-columns:repeat(12,1fr);gap:14px}
        .chart{margin:0;padding:14px 16px 12px;grid-column:span 12;min-width:0}
        @media(min-width:860px){.chart.half{grid-column:span 6}}
        figcaption{display:flex;flex-wrap:wrap;gap:2px 18px;align-items:baseline;margin-bottom:10px}
        .legend{list-style:none;margin:0;padding:0;display:flex;flex-wrap:wrap;gap:0 14px;font-size:12.5px;\
        color:var(--soft)}
        .legend li:not(.unit)::before{content:"";display:inline-block;width:9px;height:9px;border-radius:9px;\
        background:currentColor;margin-right:6px}
        .legend li.square::before{border-radius:1px}
        .legend li.own::before{height:3px;border-radius:0;vertical-align:3px}
        .legend li.thin::before{height:1px;border-radius:0;vertical-align:4px}
        .legend .unit{color:var(--soft);font-style:italic}
        .c1{color:var(--c1)}.c2{color:var(--c2)}.c3{color:var(--c3)}.c4{color:var(--c4)}.mute{color:var(--mute)}
        .frame{display:grid;grid-template-columns:auto 1fr;grid-template-rows:230px 20px}
        .tall .frame{grid-template-rows:310px 20px}
        .low .frame{grid-template-rows:170px 20px}
        .ys{position:relative;min-width:64px;font-size:11.5px;color:var(--soft)}
        .ys span{position:absolute;right:9px;transform:translateY(-50%);white-space:nowrap}
        .plot{position:relative;min-width:0;border-bottom:1px solid var(--line)}
        .plot svg{position:absolute;inset:0;width:100%;height:100%;overflow:visible;display:block}
        .xs{grid-column:2;position:relative;font-size:11.5px;color:var(--soft)}
        .xs span{position:absolute;top:4px;transform:translateX(-50%);white-space:nowrap}
        .xs span.end{transform:translateX(-85%)}
        path{fill:none;vector-effect:non-scaling-stroke}
        .grid{stroke:var(--grid);stroke-width:1}
        .base{stroke:var(--mute);stroke-width:1}
        .line{stroke:currentColor;stroke-width:1.6;stroke-linejoin:round}
        .thin{stroke-width:1;opacity:.75}
        .own{stroke-width:2.2;opacity:.55}
        .dashed{stroke-dasharray:5 4}
        .area{fill:currentColor;opacity:.13}
        .span{stroke:currentColor;stroke-width:2;opacity:.55}
        .dots,.squares{stroke:currentColor;stroke-width:5.5;stroke-linecap:round}
        .squares{stroke-linecap:square;stroke-width:4.6}
        .many .dots{stroke-width:3.6}.many .squares{stroke-width:3}.marks .dots,.few .dots{stroke-width:9}.marks .squares,.few .squares{stroke-width:7}
        rect{fill:currentColor;opacity:.8}
        rect:hover{opacity:1}
        .cross{position:absolute;top:0;bottom:0;width:1px;background:var(--mute);pointer-events:none}
        .tip{position:absolute;top:6px;z-index:3;pointer-events:none;background:var(--card);color:var(--ink);\
        border:1px solid var(--line);border-radius:8px;padding:6px 10px;font-size:12px;line-height:1.5;\
        white-space:nowrap;box-shadow:0 4px 14px rgba(0,0,0,.16)}
        .tip b{font-weight:620}
        .scroll{overflow-x:auto}
        table{border-collapse:collapse;width:100%;font-size:14px}
        caption{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
        th,td{padding:7px 16px;text-align:left;border-bottom:1px solid var(--line);vertical-align:baseline}
        tbody tr:last-child>*{border-bottom:0}
        thead th{font-size:12.5px;color:var(--soft);font-weight:560;white-space:nowrap}
        tbody th{font-weight:500}
        .num{text-align:right;white-space:nowrap}
        .pair{display:grid;align-items:start;grid-template-columns:minmax(0,1fr);gap:14px}
        @media(min-width:860px){.pair{grid-template-columns:repeat(2,minmax(0,1fr))}}
        .pair h3,.stack h3{margin:0 0 8px}
        .stack>*+h3{margin-top:20px}
        .pair+.stack,.pair+.scroll{margin-top:16px}
        #attribution tbody tr:last-child>*{font-weight:640;border-top:2px solid var(--line)}
        .bar{display:block;position:relative;height:12px;min-width:120px;background:linear-gradient(\
        var(--mute),var(--mute)) 50%/1px 100% no-repeat}
        .bar i{position:absolute;top:1px;bottom:1px;border-radius:2px;background:currentColor;opacity:.75}
        .tag{display:inline-block;font-size:12px;border:1px solid currentColor;border-radius:999px;\
        padding:0 9px;white-space:nowrap}
        code{font:12.5px/1.5 ui-monospace,"SF Mono",Menlo,Consolas,"Liberation Mono",monospace;\
        overflow-wrap:anywhere}
        footer{color:var(--soft);font-size:13px;border-top:1px solid var(--line);padding-top:14px}
        @media(max-width:560px){
        .page{padding:0 12px 40px}
        header{padding-top:22px}
        .cards{grid-template-columns:repeat(2,minmax(0,1fr));gap:8px}
        .card{padding:10px 12px}
        .card .value{font-size:20px}
        .chart{padding:12px 10px 8px}
        .ys{min-width:50px;font-size:10.5px}.ys span{right:6px}
        .xs{font-size:10.5px}.xs .odd{display:none}
        tbody th{min-width:8.5em}
        .frame,.tall .frame{grid-template-rows:210px 18px}
        .low .frame{grid-template-rows:140px 18px}
        .marks .xs .odd{display:inline}
        th,td{padding:6px 10px}
        table{font-size:13px}
        .dots{stroke-width:4}.squares{stroke-width:3.4}
        #attribution tr>*:last-child,#assumptions thead{display:none}
        #assumptions tr{display:grid;grid-template-columns:1fr auto;padding:6px 0;\
        border-bottom:1px solid var(--line)}
        #assumptions tr:last-child{border-bottom:0}
        #assumptions tr>*{border:0;padding:2px 10px}
        #assumptions td:nth-child(2){grid-row:2;grid-column:1/-1;color:var(--soft)}
        }
        @media print{
        body{background:#fff;font-size:10.5pt}
        nav,button{display:none}
        .page{max-width:none;padding:0}
        .card,.chart,.scroll,.warnings li{box-shadow:none;break-inside:avoid}
        h2,.lead{break-after:avoid}
        .scroll{overflow:visible}
        *{-webkit-print-color-adjust:exact;print-color-adjust:exact}
        }
        @media(prefers-reduced-motion:reduce){html{scroll-behavior:auto}}
        """
}
