// Package sandbox isolates plugin processes by what was granted to them.
package sandbox
