// The little JavaScript of a report: theme switch and crosshair. Without it everything is still there.

/// The script of reports; it reads values back from the drawn paths, so no data is stored twice.
enum ReportScript {
    static let text = #"""
        (function(){
        "use strict";
        var root=document.documentElement;
        function saved(v){try{if(v)localStorage.setItem("martlet-theme",v);return localStorage.getItem("martlet-theme")}catch(e){return null}}
        var asked=/^#(dark|light)$/.exec(location.hash);
        var theme=asked?asked[1]:saved();
        if(theme==="dark"||theme==="light")root.dataset.theme=theme;
        var button=document.getElementById("theme");
        function isDark(){return root.dataset.theme?root.dataset.theme==="dark":matchMedia("(prefers-color-scheme: dark)").matches}
        function name(){button.textContent=isDark()?"Light":"Dark";button.setAttribute("aria-label","Switch to the "+(isDark()?"light":"dark")+" theme")}
        button.hidden=false;name();
        button.addEventListener("click",function(){root.dataset.theme=isDark()?"light":"dark";saved(root.dataset.theme);name()});
        function points(d){
         var out=[],x=0,y=0,m,re=/([MLHVhZ])([^MLHVhZ]*)/g;
         while((m=re.exec(d))){var n=m[2].split(" ").map(Number);
          if(m[1]==="M"||m[1]==="L"){x=n[0];y=n[1];out.push([x,y])}
          else if(m[1]==="H"){x=n[0];out.push([x,y])}
          else if(m[1]==="V"){y=n[0];out.push([x,y])}}
         return out}
        function nearest(list,x){
         var lo=0,hi=list.length-1;
         while(lo<hi){var mid=(lo+hi)>>1;if(list[mid][0]<x)lo=mid+1;else hi=mid}
         while(lo+1<list.length&&list[lo+1][0]===list[lo][0])lo++;
         if(lo>0&&Math.abs(list[lo-1][0]-x)<Math.abs(list[lo][0]-x))lo--;
         return list[lo]}
        function clear(plot){plot.querySelectorAll(".cross,.tip").forEach(function(e){e.remove()})}
        function box(plot,share,rows){
         clear(plot);
         var cross=document.createElement("div");cross.className="cross";cross.style.left=share*100+"%";
         var tip=document.createElement("div");tip.className="tip";
         rows.forEach(function(r){var line=document.createElement("div");if(r[2])line.className=r[2];
          line.appendChild(document.createTextNode(r[0]+(r[1]?" ":"")));
          var b=document.createElement("b");b.textContent=r[1];line.appendChild(b);tip.appendChild(line)});
         plot.appendChild(cross);plot.appendChild(tip);
         var room=plot.clientWidth,w=tip.offsetWidth,left=share*room+12;
         if(left+w>room)left=Math.max(0,share*room-w-12);
         tip.style.left=left+"px"}
        document.querySelectorAll(".plot:not(.bars)").forEach(function(plot){
         var lists=null,y0=+plot.dataset.y0,y1=+plot.dataset.y1,digits=+plot.dataset.digits;
         plot.addEventListener("pointermove",function(event){
          if(!lists)lists=[].map.call(plot.querySelectorAll("path[data-name]"),function(p){
           var dot=/dots|squares/.test(p.getAttribute("class"));
           return{name:p.dataset.name,color:(/c\d/.exec(p.getAttribute("class"))||[""])[0],dot:dot,list:points(p.getAttribute("d"))}});
          var area=plot.getBoundingClientRect(),share=Math.min(1,Math.max(0,(event.clientX-area.left)/area.width)),x=share*10000,rows=[];
          if(plot.dataset.t0){var t=+plot.dataset.t0+share*(plot.dataset.t1-plot.dataset.t0);
           rows.push([new Date(t).toISOString().replace("T"," ").slice(0,23),"",""])}
          lists.forEach(function(s){if(!s.list.length)return;var p=nearest(s.list,x);
           if((s.dot||!plot.dataset.t0)&&Math.abs(p[0]-x)>(plot.dataset.t0?60:1300))return;
           if(s.dot&&!plot.dataset.t0)return;
           var v=y1-(y1-y0)*p[1]/10000;if(Math.abs(v)<(y1-y0)*6e-5)v=0;
           rows.push([s.name,v.toFixed(digits)+" "+plot.dataset.unit.split(" ")[0],s.color])});
          box(plot,share,rows)});
         plot.addEventListener("pointerleave",function(){clear(plot)})});
        document.querySelectorAll(".plot.bars").forEach(function(plot){
         plot.addEventListener("pointermove",function(event){
          var area=plot.getBoundingClientRect(),share=(event.clientX-area.left)/area.width,x=share*10000,hit=null;
          plot.querySelectorAll("rect").forEach(function(r){var a=+r.getAttribute("x");if(x>=a-6&&x<=a+ +r.getAttribute("width")+6)hit=r});
          if(!hit){clear(plot);return}
          box(plot,share,[[hit.dataset.label,"",""]])});
         plot.addEventListener("pointerleave",function(){clear(plot)})});
        })();
        """#
}
