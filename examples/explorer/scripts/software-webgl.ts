/** Lets the page draw its points by WebGL where it is done by software, as it does where there is a GPU. */
export const ALLOW_SOFTWARE_WEBGL = `
  const own = WebGL2RenderingContext.prototype.getExtension;
  WebGL2RenderingContext.prototype.getExtension = function (name) {
    return name === 'WEBGL_debug_renderer_info' ? null : own.call(this, name);
  };`;
