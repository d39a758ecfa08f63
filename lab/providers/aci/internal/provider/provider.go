// Package provider is the stand-in's Terraform side: the real provider's schema of the
// parts that Anchorage uses, with the real one's behaviour.
package provider

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/provider/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"anchorage.local/lab/providers/aci/internal/apic"
)

// Marker stands in the binary so that a real site can recognise and refuse it.
const Marker = "ANCHORAGE-LAB-STAND-IN:ciscodevnet/aci"

const defaultAnnotation = "orchestrator:terraform"

// versionQuery is what each process of the real provider asks first.
const versionQuery = `/api/node/class/topSystem.json?query-target-filter=eq(topSystem.role,"controller")`

// New makes the factory that Terraform's plugin protocol wants.
func New(version string) func() provider.Provider {
	return func() provider.Provider { return &aciProvider{version: version} }
}

type aciProvider struct {
	version string
}

// session is what resources and data sources get from the configured provider.
type session struct {
	client              *apic.Client
	allowExistingCreate bool
}

type configuration struct {
	Username              types.String `tfsdk:"username"`
	Password              types.String `tfsdk:"password"`
	URL                   types.String `tfsdk:"url"`
	Insecure              types.String `tfsdk:"insecure"`
	PrivateKey            types.String `tfsdk:"private_key"`
	CertName              types.String `tfsdk:"cert_name"`
	ProxyURL              types.String `tfsdk:"proxy_url"`
	ProxyCreds            types.String `tfsdk:"proxy_creds"`
	ValidateRelationDn    types.String `tfsdk:"validate_relation_dn"`
	Retries               types.String `tfsdk:"retries"`
	Annotation            types.String `tfsdk:"annotation"`
	AllowExistingOnCreate types.Bool   `tfsdk:"allow_existing_on_create"`
}

func (p *aciProvider) Metadata(_ context.Context, _ provider.MetadataRequest, resp *provider.MetadataResponse) {
	resp.TypeName = "aci"
	resp.Version = p.version + " (" + Marker + ")"
}

func (p *aciProvider) Schema(_ context.Context, _ provider.SchemaRequest, resp *provider.SchemaResponse) {
	text := func(description string) schema.StringAttribute {
		return schema.StringAttribute{Optional: true, Description: description}
	}
	resp.Schema = schema.Schema{Attributes: map[string]schema.Attribute{
		"username":             text("Username for the APIC Account. This can also be set as the ACI_USERNAME environment variable."),
		"password":             text("Password for the APIC Account. This can also be set as the ACI_PASSWORD environment variable."),
		"url":                  text("URL of the Cisco ACI web interface. This can also be set as the ACI_URL environment variable."),
		"private_key":          text("Private key path for signature calculation. This can also be set as the ACI_PRIVATE_KEY environment variable."),
		"cert_name":            text("Certificate name for the User in Cisco ACI. This can also be set as the ACI_CERT_NAME environment variable."),
		"proxy_url":            text("Proxy Server URL with port number. This can also be set as the ACI_PROXY_URL environment variable."),
		"proxy_creds":          text("Proxy server credentials in the form of username:password. This can also be set as the ACI_PROXY_CREDS environment variable."),
		"insecure":             text("Allow insecure HTTPS client. This can also be set as the ACI_INSECURE environment variable. Defaults to `true`."),
		"validate_relation_dn": text("Flag to validate if a object with entered relation Dn exists in the APIC. Defaults to `true`."),
		"retries":              text("Number of retries for REST API calls. This can also be set as the ACI_RETRIES environment variable. Defaults to `2`."),
		"annotation":           text("Global annotation for the provider. This can also be set as the ACI_ANNOTATION environment variable."),
		"allow_existing_on_create": schema.BoolAttribute{
			Optional:    true,
			Description: "Allow existing objects to be managed. This can also be set as the ACI_ALLOW_EXISTING_ON_CREATE environment variable.",
		},
	}}
}

func (p *aciProvider) Configure(ctx context.Context, req provider.ConfigureRequest, resp *provider.ConfigureResponse) {
	var config configuration
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	if resp.Diagnostics.HasError() {
		return
	}
	settings := config.settings(&resp.Diagnostics)
	allowExisting := config.allowExisting(&resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	client, err := apic.NewClient(settings)
	if err != nil {
		resp.Diagnostics.AddError("The provider's configuration cannot be used", err.Error())
		return
	}
	probe(ctx, &resp.Diagnostics, client)
	configured := &session{client: client, allowExistingCreate: allowExisting}
	resp.DataSourceData, resp.ResourceData = configured, configured
}

func (p *aciProvider) Resources(context.Context) []func() resource.Resource {
	return []func() resource.Resource{func() resource.Resource { return &restManaged{} }}
}

func (p *aciProvider) DataSources(context.Context) []func() datasource.DataSource {
	return []func() datasource.DataSource{func() datasource.DataSource { return &restManagedData{} }}
}

// settings reads the configuration, and the environment where the configuration is silent.
func (c *configuration) settings(diags *diag.Diagnostics) apic.Settings {
	settings := apic.Settings{
		URL:        orEnv(c.URL, "ACI_URL"),
		Username:   orEnv(c.Username, "ACI_USERNAME"),
		Password:   orEnv(c.Password, "ACI_PASSWORD"),
		PrivateKey: orEnv(c.PrivateKey, "ACI_PRIVATE_KEY"),
		CertName:   orEnv(c.CertName, "ACI_CERT_NAME"),
		ProxyURL:   orEnv(c.ProxyURL, "ACI_PROXY_URL"),
		ProxyCreds: orEnv(c.ProxyCreds, "ACI_PROXY_CREDS"),
		Insecure:   boolean(diags, "insecure", orEnv(c.Insecure, "ACI_INSECURE"), true),
		Retries:    retries(diags, orEnv(c.Retries, "ACI_RETRIES")),
	}
	boolean(diags, "validate_relation_dn", orEnv(c.ValidateRelationDn, "ACI_VAL_REL_DN"), true)
	requireAccess(diags, settings)
	return settings
}

func requireAccess(diags *diag.Diagnostics, settings apic.Settings) {
	if settings.Username == "" {
		diags.AddError("Username not provided", "Username must be provided for the ACI provider")
	}
	if settings.Password == "" && (settings.PrivateKey == "" || settings.CertName == "") {
		diags.AddError("Authentication details not provided",
			"Either 'password' OR 'private_key' and 'cert_name' must be provided for the ACI provider")
	}
	switch {
	case settings.URL == "":
		diags.AddError("Url not provided", "Url must be provided for the ACI provider")
	case !strings.HasPrefix(settings.URL, "http://") && !strings.HasPrefix(settings.URL, "https://"):
		diags.AddError("Incorrect url prefix", fmt.Sprintf("Url '%s' must start with 'http://' or 'https://'", settings.URL))
	}
}

func (c *configuration) allowExisting(diags *diag.Diagnostics) bool {
	if !c.AllowExistingOnCreate.IsNull() {
		return c.AllowExistingOnCreate.ValueBool()
	}
	return boolean(diags, "allow_existing_on_create", os.Getenv("ACI_ALLOW_EXISTING_ON_CREATE"), true)
}

func orEnv(value types.String, name string) string {
	if value.IsNull() {
		return os.Getenv(name)
	}
	return value.ValueString()
}

// globalAnnotation is read from the environment alone: the schema's default is fixed
// before the provider's configuration arrives, in the real provider as well.
func globalAnnotation() string {
	if value, found := os.LookupEnv("ACI_ANNOTATION"); found {
		return value
	}
	return defaultAnnotation
}

func boolean(diags *diag.Diagnostics, name, text string, otherwise bool) bool {
	if text == "" {
		return otherwise
	}
	value, err := strconv.ParseBool(text)
	if err != nil {
		diags.AddError(fmt.Sprintf("Invalid input '%s'", text), fmt.Sprintf("A boolean value must be provided for the %s attribute", name))
	}
	return value
}

func retries(diags *diag.Diagnostics, text string) int {
	if text == "" {
		return 2
	}
	value, err := strconv.Atoi(text)
	if err != nil {
		diags.AddError(fmt.Sprintf("Invalid input '%s'", text), "A integer must be provided for the retries attribute")
	} else if value < 0 || value > 9 {
		diags.AddError("Incorrect retry amount", fmt.Sprintf("Retries must be between 0 and 9 inclusive, got: %d", value))
	}
	return value
}

// probe reads the controllers' versions, which must agree.
func probe(ctx context.Context, diags *diag.Diagnostics, client *apic.Client) {
	controllers, err := client.Get(ctx, versionQuery)
	if err != nil {
		addError(diags, "get", err)
		return
	}
	versions := map[string]bool{}
	for _, controller := range controllers {
		versions[controller.Attributes["version"]] = true
	}
	switch len(versions) {
	case 1:
	case 0:
		diags.AddError("Data for topSystem class could not be retrieved", "The versions of the APIC controllers could not be determined")
	default:
		diags.AddError("Controller version mismatch detected", fmt.Sprintf("The versions of the APIC controllers must all match. Versions found: %v", keys(versions)))
	}
}

// addError prints an error of a request with the summary that the real provider gives it.
func addError(diags *diag.Diagnostics, method string, err error) {
	var reported *apic.ReplyError
	var stranger *apic.NotTheLabError
	switch {
	case errors.As(err, &stranger):
		diags.AddError("Not the lab's APIC simulator", err.Error())
	case errors.As(err, &reported):
		diags.AddError(reported.Summary(), err.Error())
	default:
		diags.AddError(fmt.Sprintf("The %s rest request failed", method), "err: "+err.Error())
	}
}
