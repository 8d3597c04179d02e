package dispatch

import (
	_ "github.com/prometheus/client_golang/prometheus" // want depguard "Prometheus only in framework/metrics"
	_ "go.opentelemetry.io/otel"                       // want depguard "OpenTelemetry only in framework/trace"
)
