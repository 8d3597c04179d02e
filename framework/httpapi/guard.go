package httpapi

import (
	"net"
	"net/http"
	"net/netip"
	"strings"
)

// guard stands before every route.
func guard(next http.Handler) http.Handler {
	cross := http.NewCrossOriginProtection()
	cross.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !strings.HasPrefix(r.URL.Path, "/api/") { // a form of a page: somebody reads it
			http.Error(w, "This came from another site. Please open the store's own page and send it from there.", http.StatusForbidden)
			return
		}
		refuse(w, http.StatusForbidden, "cross_origin", "An order must come from the store's own page or from a program.")
	}))
	next = cross.Handler(next)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		protect(w.Header())
		if !loopbackHost(r.Host) {
			refuse(w, http.StatusMisdirectedRequest, "host", "This store is served as localhost only.")
			return
		}
		r.Body = http.MaxBytesReader(w, r.Body, MaxBody)
		next.ServeHTTP(w, r)
	})
}

// protect sets what holds for every answer; a page loosens what it must.
func protect(h http.Header) {
	h.Set("Cache-Control", "no-store")
	h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=()")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Frame-Options", "DENY")
	h.Set("X-Robots-Tag", "noindex, nofollow")
}

// loopbackHost reports whether a Host header names this machine itself. A page
// elsewhere whose name was made to point here sends its own name.
func loopbackHost(host string) bool {
	name := host
	if h, _, err := net.SplitHostPort(host); err == nil {
		name = h
	}
	if strings.EqualFold(name, "localhost") {
		return true
	}
	if in, ok := strings.CutPrefix(name, "["); ok {
		name = strings.TrimSuffix(in, "]")
	}
	ip, err := netip.ParseAddr(name)
	return err == nil && ip.Zone() == "" && ip.Unmap().IsLoopback()
}
