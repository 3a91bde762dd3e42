# The same rules as `npm run cdn:apply`, from the same rules.json. Use the one or the other, not both.
#
# A cloudflare_ruleset owns its whole phase: rules that the zone already has in a phase must be given in other_rules, or
# Terraform refuses to create it, or removes them. `npm run cdn:apply` changes our own rules only.

terraform {
  required_version = ">= 1.5"
  required_providers {
    cloudflare = {
      source  = "cloudflare/cloudflare"
      version = "~> 5.0"
    }
  }
}

# The token is read from CLOUDFLARE_API_TOKEN.
provider "cloudflare" {}

variable "zone_id" {
  description = "The zone that the CDN's host belongs to (CLOUDFLARE_ZONE_ID)."
  type        = string
}

variable "cdn_base_url" {
  description = "What stands before the key in a media URL (CDN_BASE_URL), such as https://media.example.com."
  type        = string
}

variable "other_rules" {
  description = "Rules of yours that stay, before ours, by phase."
  type        = any
  default     = {}
}

variable "account_id" {
  description = "The account that owns the R2 bucket; empty: no bucket is touched."
  type        = string
  default     = ""
}

variable "bucket" {
  description = "The R2 bucket (S3_BUCKET)."
  type        = string
  default     = ""
}

variable "jurisdiction" {
  description = "Where the bucket must stay, as its S3 endpoint has it: eu, us, fedramp; or default."
  type        = string
  default     = "default"
}

locals {
  rules = jsondecode(file("${path.module}/rules.json"))

  # "https://cdn.example.com/media" in its parts: what ours applies to, as an expression. cloudflare-rules.ts does the same.
  address = regex("^https?://(?P<host>[^/:]+)(?::[0-9]+)?(?P<path>/.*?)?/*$", var.cdn_base_url)
  path    = local.address.path == null ? "" : local.address.path
  host    = "http.host eq \"${local.address.host}\""
  media   = local.path == "" ? "(${local.host})" : "(${local.host} and starts_with(http.request.uri.path, \"${local.path}/\"))"

  names = {
    http_request_cache_settings     = "Cache rules"
    http_response_compression       = "Compression rules"
    http_response_headers_transform = "Response header rules"
  }
}

resource "cloudflare_ruleset" "music" {
  for_each = local.rules.phases

  zone_id = var.zone_id
  kind    = "zone"
  name    = local.names[each.key]
  phase   = each.key
  rules = concat(
    try(var.other_rules[each.key], []),
    [for rule in each.value : merge(rule, { expression = replace(rule.expression, "MEDIA", local.media) })]
  )
}

resource "cloudflare_argo_tiered_caching" "music" {
  zone_id = var.zone_id
  value   = local.rules.settings["argo/tiered_caching"]
}

resource "cloudflare_tiered_cache" "music" {
  zone_id    = var.zone_id
  value      = local.rules.settings["cache/tiered_cache_smart_topology_enable"]
  depends_on = [cloudflare_argo_tiered_caching.music]
}

resource "cloudflare_r2_bucket_cors" "music" {
  count = var.account_id == "" ? 0 : 1

  account_id   = var.account_id
  bucket_name  = var.bucket
  jurisdiction = var.jurisdiction
  rules = [{
    id              = local.rules.bucketCors.id
    allowed         = local.rules.bucketCors.allowed
    expose_headers  = local.rules.bucketCors.exposeHeaders
    max_age_seconds = local.rules.bucketCors.maxAgeSeconds
  }]
}
