(() => {
"use strict";
{% include "script/state.js" %}
{% include "script/tables.js" %}
{% include "script/entries.js" %}
{% include "script/views.js" %}
{% include "script/readout.js" %}
{% if single %}
{% include "script/sheets.js" %}
{% endif %}
{% include "script/page.js" %}
})();
