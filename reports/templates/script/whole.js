(() => {
"use strict";
{% include "script/state.js" %}
{% include "script/tables.js" %}
{% include "script/columns.js" %}
{% include "script/runs.js" %}
{% include "script/entries.js" %}
{% include "script/bands.js" %}
{% include "script/views.js" %}
{% include "script/drawings.js" %}
{% include "script/readout.js" %}
{% include "script/ticks.js" %}
{% include "script/part.js" %}
{% include "script/brush.js" %}
{% include "script/zoom.js" %}
{% include "script/pairs.js" %}
{% if single %}
{% include "script/sheets.js" %}
{% endif %}
{% include "script/page.js" %}
})();
