vcl 4.1;

backend holdfast {
    .host = "127.0.0.1";
    .port = "3000";
    # Longer than a hold (20 s), and than a heartbeat and its answer (28 s).
    .first_byte_timeout = 60s;
    .between_bytes_timeout = 60s;
}

sub vcl_recv {
    if (req.url ~ "^/holdfast([/?]|$)") {
        if (req.http.Upgrade ~ "(?i)websocket") {
            return (pipe);
        }
        # Nothing of it is for a cache.
        return (pass);
    }
}

sub vcl_pipe {
    # Neither header passes by itself.
    if (bereq.http.Upgrade || req.http.Upgrade) {
        set bereq.http.Upgrade = req.http.Upgrade;
        set bereq.http.Connection = req.http.Connection;
    }
}

sub vcl_backend_response {
    if (bereq.url ~ "^/holdfast([/?]|$)") {
        set beresp.do_stream = true;
        set beresp.do_gzip = false;
    }
}
