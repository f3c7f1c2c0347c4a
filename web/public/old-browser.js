document.getElementById('app') || (window.onload = function () {
  document.getElementById('app').innerHTML =
    '<p style="margin:3em;font:18px/1.7 sans-serif">浏览器版本过旧，无法打开本页。请使用 Chrome 87 或 Safari 14 以上版本。<br>' +
    'This browser is too old for this page. Please use Chrome 87, Safari 14 or later.</p>'
})
