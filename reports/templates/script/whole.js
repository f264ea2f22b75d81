(() => {
"use strict";
{% include "script/state.js" %}
{% include "script/tables.js" %}
{% include "script/runs.js" %}
{% include "script/entries.js" %}
{% include "script/views.js" %}
{% include "script/readout.js" %}
{% include "script/page.js" %}
})();
